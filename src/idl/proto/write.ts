import { messageRefusedBy } from '../../codecs/method-serializers.js'
import { protobuf } from '../../codecs/protobuf/codec.js'
import { FieldPresence, MessageEncoding } from '../../protocols/standard-services/descriptor-features.js'
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldLabel,
  FieldType,
  type FileDescriptorProto,
  type HttpRule,
  IdempotencyLevel,
  type MethodDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import { describe } from '../../protocols/standard-services/descriptors.js'
import { refusedByProtobuf } from '../../protocols/standard-services/offered.js'
import { maxFieldNumber } from '../../schema/reserved.js'
import type { ExportFormat, WrittenFile } from '../format.js'
import { indented } from '../lines.js'
import { directivesOf } from './directives.js'
import { checkIdentifier, defaultJsonName } from './identifier.js'
import { Locations } from './locations.js'
import { TypeNames } from './type-names.js'
import { checkUniqueNames } from './unique-names.js'

/** proto3, or an edition if there are groups, one file a package, made of the descriptors that reflection shows. */
export const proto: ExportFormat = {
  title: 'protobuf',
  refuses: refusedByProtobuf,
  refusesMessage: message => messageRefusedBy(protobuf, message),
  write({ services, messages, enums }) {
    const files = describe(services, messages, enums)
    const homes = homesOf(files)
    return files.filter(file => !isWellKnown(file)).map(file => fileText(file, homes))
  },
}

/** Whether protobuf itself brings all that is in the file. */
function isWellKnown(file: FileDescriptorProto): boolean {
  return file.package === 'google.protobuf' && file.messageType.every(({ name }) => Object.hasOwn(wellKnown, name))
}

/** `shop/v1/v1.proto` of `shop/v1.proto`: buf and protoc's style guide keep the files of a package in its folder. */
function pathOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1)
  return name === 'default.proto' ? name : `${name.slice(0, -'.proto'.length)}/${base}`
}

function fileText(file: FileDescriptorProto, homes: ReadonlyMap<string, string>): WrittenFile {
  checkUniqueNames(file)
  const names = new TypeNames(file)
  const isEdition = file.syntax === 'editions'
  const writer = new FileWriter(file.package, names, isEdition, new Locations(file.name, file.sourceCodeInfo))
  const blocks = [
    ...file.service.map(({ name, method, options }, at) => [
      ...writer.comment([6, at]),
      `service ${checkIdentifier(name, file.package)} {`,
      ...(options?.deprecated ? indented(['option deprecated = true;']) : []),
      ...indented(method.flatMap((one, index) => writer.method(one, name, [6, at, 2, index]))),
      '}',
    ]),
    ...file.messageType.map((one, at) => writer.message(one, file.package, [4, at])),
    ...file.enumType.map((one, at) => writer.enumeration(one, file.package, [5, at])),
  ]
  const used = new Set([...names.used].map(name => homes.get(name)))
  used.delete(pathOf(file.name))
  if (file.service.some(({ method }) => method.some(({ options }) => options?.http !== undefined)))
    used.add(annotations)
  const imports = [...used].map(path => `import "${path}";`).sort()
  const head = [
    isEdition ? ['edition = "2023";', '', 'option features.field_presence = IMPLICIT;'] : ['syntax = "proto3";'],
    ...(file.package === '' ? [] : [[`package ${file.package};`]]),
    ...(imports.length === 0 ? [] : [imports]),
  ]
  for (const part of file.package.split('.')) if (part !== '') checkIdentifier(part, `package ${file.package}`)
  return { path: pathOf(file.name), text: `${[...head, ...blocks].map(lines => lines.join('\n')).join('\n\n')}\n` }
}

/** The file of each type, by its name with a leading dot. */
function homesOf(files: readonly FileDescriptorProto[]): Map<string, string> {
  const homes = new Map<string, string>()
  const add = (
    scope: string,
    messages: readonly DescriptorProto[],
    enums: readonly EnumDescriptorProto[],
    path: string,
  ) => {
    for (const { name } of enums) homes.set(`${scope}.${name}`, path)
    for (const { name, nestedType, enumType } of messages) {
      homes.set(`${scope}.${name}`, path)
      add(`${scope}.${name}`, nestedType, enumType, path)
    }
  }
  for (const { name, package: pack, messageType, enumType } of files)
    add(pack === '' ? '' : `.${pack}`, messageType, enumType, pathOf(name))
  for (const [name, file] of Object.entries(wellKnown))
    homes.set(`.google.protobuf.${name}`, `google/protobuf/${file}.proto`)
  return homes
}

/** Types of protobuf itself, by the files that they are in. */
const wellKnown: Readonly<Record<string, string>> = {
  Timestamp: 'timestamp',
  Duration: 'duration',
  Empty: 'empty',
  Any: 'any',
  Struct: 'struct',
  NullValue: 'struct',
  Value: 'struct',
  ListValue: 'struct',
  FieldMask: 'field_mask',
  ...Object.fromEntries(
    ['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'].map(name => [
      `${name}Value`,
      'wrappers',
    ]),
  ),
}

/** @param isEdition editions write reserved names without quotes */
function reservedLines({ reservedRange = [], reservedName = [] }: DescriptorProto, isEdition: boolean): string[] {
  const ranges = reservedRange.map(({ start = 0, end = 0 }) => {
    const last = end - 1
    return last === start ? `${start}` : `${start} to ${last === maxFieldNumber ? 'max' : last}`
  })
  return [ranges, isEdition ? reservedName : reservedName.map(name => JSON.stringify(name))]
    .filter(entries => entries.length > 0)
    .map(entries => `reserved ${entries.join(', ')};`)
}

/** Declares the option `google.api.http`. It comes with googleapis, which the compiler of the file needs. */
const annotations = 'google/api/annotations.proto'

/** A rule of `google.api.http` in text format. */
function ruleLines({ pattern, body, responseBody, additionalBindings = [] }: HttpRule): string[] {
  const fields = { [pattern?.case ?? '']: pattern?.value, body, response_body: responseBody }
  return [
    ...Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`],
    ),
    ...additionalBindings.flatMap(one => ['additional_bindings {', ...indented(ruleLines(one)), '}']),
  ]
}

/** Of a declaration in its file's descriptor. */
type Path = readonly number[]

class FileWriter {
  constructor(
    private readonly pack: string,
    private readonly names: TypeNames,
    private readonly isEdition: boolean,
    private readonly locations: Locations,
  ) {}

  /** The comment above a declaration, by its path in the descriptor. @param directives lines below its description */
  comment(path: Path, directives: readonly string[] = []): string[] {
    const { doc } = this.locations.documented(path, undefined)
    const described = doc === undefined ? [] : doc.split('\n')
    const isBoth = described.length > 0 && directives.length > 0
    return [...described, ...(isBoth ? [''] : []), ...directives].map(line => `// ${line}`.trimEnd())
  }

  method({ name, inputType, outputType, ...rest }: MethodDescriptorProto, service: string, path: Path): string[] {
    checkIdentifier(name, `${this.pack}.${service}`)
    const side = (type: string, streams: boolean | undefined) =>
      `(${streams ? 'stream ' : ''}${this.names.nameOf(type)})`
    const signature = `rpc ${name}${side(inputType, rest.clientStreaming)} returns ${side(outputType, rest.serverStreaming)}`
    const { deprecated, idempotencyLevel: level, http } = rest.options ?? {}
    const options = [
      ...(deprecated ? ['option deprecated = true;'] : []),
      ...(level === undefined ? [] : [`option idempotency_level = ${IdempotencyLevel[level]};`]),
      ...(http === undefined ? [] : ['option (google.api.http) = {', ...indented(ruleLines(http)), '};']),
    ]
    const lines = options.length === 0 ? [`${signature};`] : [`${signature} {`, ...indented(options), '}']
    return [...this.comment(path, directivesOf(rest.options)), ...lines]
  }

  message(message: DescriptorProto, scope: string, path: Path): string[] {
    const name = scope === '' ? message.name : `${scope}.${message.name}`
    checkIdentifier(message.name, name)
    const entries = new Map(
      message.nestedType.filter(one => one.options?.mapEntry).map(one => [`.${name}.${one.name}`, one]),
    )
    const written = new Set<number>()
    const lines: string[] = reservedLines(message, this.isEdition)
    for (const [at, nested] of message.nestedType.entries())
      if (!nested.options?.mapEntry) lines.push(...this.message(nested, name, [...path, 3, at]))
    for (const [at, nested] of message.enumType.entries())
      lines.push(...this.enumeration(nested, name, [...path, 4, at]))
    const places = new Map(message.field.map((field, at) => [field, at]))
    const fieldLines = (field: FieldDescriptorProto) => [
      ...this.comment([...path, 2, places.get(field) ?? 0]),
      this.field(field, entries),
    ]
    for (const field of message.field) {
      checkIdentifier(field.name, name)
      const { oneofIndex } = field
      if (oneofIndex === undefined || field.proto3Optional) lines.push(...fieldLines(field))
      else if (!written.has(oneofIndex)) {
        written.add(oneofIndex)
        const cases = message.field.filter(one => one.oneofIndex === oneofIndex && !one.proto3Optional)
        const oneof = checkIdentifier(message.oneofDecl[oneofIndex]?.name ?? '', name)
        lines.push(
          ...this.comment([...path, 8, oneofIndex]),
          `oneof ${oneof} {`,
          ...indented(cases.flatMap(fieldLines)),
          '}',
        )
      }
    }
    const body =
      lines.length === 0 ? [`message ${message.name} {}`] : [`message ${message.name} {`, ...indented(lines), '}']
    return [...this.comment(path, directivesOf(message.options)), ...body]
  }

  private field(field: FieldDescriptorProto, entries: ReadonlyMap<string, DescriptorProto>): string {
    const entry = field.typeName === undefined ? undefined : entries.get(field.typeName)
    const label =
      entry !== undefined
        ? ''
        : field.label === FieldLabel.LABEL_REPEATED
          ? 'repeated '
          : field.proto3Optional
            ? 'optional '
            : ''
    const type =
      entry === undefined ? this.typeOf(field) : `map<${entry.field.map(part => this.typeOf(part)).join(', ')}>`
    const features = field.options?.features
    const isUsual = field.jsonName === undefined || field.jsonName === defaultJsonName(field.name)
    const options = [
      ...(field.options?.deprecated ? ['deprecated = true'] : []),
      ...(field.options?.debugRedact ? ['debug_redact = true'] : []),
      ...(features?.messageEncoding === MessageEncoding.DELIMITED ? ['features.message_encoding = DELIMITED'] : []),
      ...(features?.fieldPresence === FieldPresence.EXPLICIT ? ['features.field_presence = EXPLICIT'] : []),
      ...(isUsual ? [] : [`json_name = ${JSON.stringify(field.jsonName)}`]),
    ]
    return `${label}${type} ${field.name} = ${field.number}${options.length === 0 ? '' : ` [${options.join(', ')}]`};`
  }

  private typeOf({ type = FieldType.TYPE_DOUBLE, typeName }: FieldDescriptorProto): string {
    return typeName !== undefined && typeName !== ''
      ? this.names.nameOf(typeName)
      : FieldType[type].slice('TYPE_'.length).toLowerCase()
  }

  enumeration({ name, value, options }: EnumDescriptorProto, scope: string, path: Path): string[] {
    checkIdentifier(name, scope)
    const members = value.flatMap((one, at) => [
      ...this.comment([...path, 2, at]),
      `${checkIdentifier(one.name, name)} = ${one.number ?? 0};`,
    ])
    return [
      ...this.comment(path),
      `enum ${name} {`,
      ...indented([...(options?.allowAlias ? ['option allow_alias = true;'] : []), ...members]),
      '}',
    ]
  }
}
