import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldLabel,
  FieldType,
  type FileDescriptorProto,
  IdempotencyLevel,
  type MethodDescriptorProto,
  type ServiceDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import type { ScalarName } from '../../schema/type.js'
import { wellKnownTypeOf } from '../../schema/well-known.js'
import { kept, type LeftOut } from '../left-out.js'
import type {
  EnumModel,
  FieldModel,
  MessageModel,
  MethodModel,
  OneOfModel,
  ReadModel,
  ServiceModel,
  SourceModel,
  TypeModel,
} from '../model.js'
import { ownClasses } from '../own-classes.js'
import { Refusal } from '../refusal.js'
import { checkFieldName, checkMemberName } from '../typescript/names.js'
import { DeclaredErrors } from './declared-errors.js'
import { readDirectives } from './directives.js'
import { defaultOf, type Features, featuresWithin, fileFeatures, presenceOf } from './features.js'
import { Locations } from './locations.js'
import { dotted, jsonNameOf } from './names.js'
import { reservedIn, reservedText } from './reserved.js'
import { routesOf } from './routes.js'
import { enumZeros, typeNames } from './type-tables.js'

/**
 * The model of descriptors.
 * @param wanted names of files; those whose types they use are read too
 * @param sourceOf a file's name for people: `proto/shop/v1/orders.proto` of `shop/v1/orders.proto`
 * @param leftOut takes what classes cannot express
 * @throws Refusal for a construct that classes cannot express, if none may be left out
 */
export function readDescriptors(
  files: readonly FileDescriptorProto[],
  wanted: readonly string[],
  sourceOf: (name: string) => string = name => name,
  leftOut?: LeftOut,
): ReadModel {
  const byName = new Map(files.map(file => [file.name, file]))
  const zeros = enumZeros(files)
  const homes = new Map(files.flatMap(file => typeNames(file).map(name => [name, file.name] as const)))
  const errors = new DeclaredErrors(files)
  const queue = new Set(wanted)
  const read: SourceModel[] = []
  const notes: string[] = []
  for (const name of queue) {
    const file = byName.get(name)
    if (file === undefined) throw new Refusal(name, 'the file', 'its descriptor is missing')
    const reader = new FileReader(file, new Locations(sourceOf(name), file.sourceCodeInfo), { zeros, errors, leftOut })
    read.push(reader.read())
    notes.push(...reader.notes)
    for (const type of reader.used) {
      const home = homes.get(type)
      if (home !== undefined) queue.add(home)
    }
  }
  return { files: read, notes, descriptors: files.filter(({ name }) => queue.has(name)) }
}

const nullValue = 'google.protobuf.NullValue'

class FileReader {
  readonly notes: string[] = []
  /** With a leading dot. */
  readonly used = new Set<string>()
  private readonly enums: EnumModel[] = []
  private readonly messages: MessageModel[] = []

  constructor(
    private readonly file: FileDescriptorProto,
    private readonly at: Locations,
    private readonly all: AllFiles,
  ) {}

  read(): SourceModel {
    const { name, package: pack, messageType, enumType, service } = this.file
    const features = fileFeatures(this.file)
    for (const [index, one] of messageType.entries())
      this.message(one, { features, name: pack, localName: '' }, [4, index])
    for (const [index, one] of enumType.entries()) this.enumeration(one, pack, [5, index], '')
    const services = service.map((one, index) => this.service(one, [6, index]))
    const path = name.replace(/\.proto$/, '')
    const doc = this.at.heading()
    return { source: this.at.source, path, doc, enums: this.enums, messages: this.messages, constants: [], services }
  }

  private message(message: DescriptorProto, outer: Outer, path: readonly number[]): void {
    const name = dotted(outer.name, message.name)
    if (wellKnownTypeOf(name) !== undefined || ownClasses.has(name)) return
    const localName = dotted(outer.localName, message.name)
    const features = featuresWithin(outer.features, message.options?.features)
    message.nestedType.forEach((one, index) => {
      if (!one.options?.mapEntry) this.message(one, { features, name, localName }, [...path, 3, index])
    })
    for (const [index, one] of message.enumType.entries()) this.enumeration(one, name, [...path, 4, index], localName)
    const documented = this.at.documented(path, message.options)
    const { doc } = readDirectives(documented.doc)
    const parts = this.all.errors.model(name, message, documented.doc)
    const read = () => ({
      ...documented,
      doc,
      name,
      localName,
      ...parts,
      reserved: reservedIn(message, -1),
      fields: this.fields(message, { features, name, localName }, path).filter(one => one.name !== parts.ownText?.name),
    })
    this.messages.push(...kept(this.all.leftOut, name, read))
  }

  private fields(message: DescriptorProto, outer: Outer, path: readonly number[]): (FieldModel | OneOfModel)[] {
    const entries = new Map(
      message.nestedType.filter(one => one.options?.mapEntry).map(one => [`.${outer.name}.${one.name}`, one]),
    )
    const fields: (FieldModel | OneOfModel)[] = []
    const written = new Set<number>()
    for (const [index, field] of message.field.entries()) {
      for (const name of [field.name, jsonNameOf(field)]) checkFieldName(name, () => this.at.place([...path, 2, index]))
      const { oneofIndex } = field
      if (oneofIndex === undefined || field.proto3Optional) {
        const features = featuresWithin(outer.features, field.options?.features)
        fields.push(this.field(field, { entries, features }, [...path, 2, index]))
        continue
      }
      if (written.has(oneofIndex)) continue
      written.add(oneofIndex)
      const cases = [...message.field.entries()].filter(([, one]) => one.oneofIndex === oneofIndex)
      const name = message.oneofDecl[oneofIndex]?.name ?? ''
      checkFieldName(name, () => this.at.place([...path, 8, oneofIndex]))
      fields.push({
        kind: 'oneof',
        name,
        ...this.at.documented([...path, 8, oneofIndex], undefined),
        sensitive: cases.some(([, { options }]) => options?.debugRedact === true),
        cases: cases.map(([at, one]) => ({
          ...this.at.documented([...path, 2, at], one.options),
          name: one.name,
          jsonName: jsonNameOf(one),
          number: one.number,
          type: this.typeOf(one, featuresWithin(outer.features, one.options?.features).isDelimited),
        })),
      })
    }
    return fields
  }

  private field(field: FieldDescriptorProto, { entries, features }: FieldContext, path: readonly number[]): FieldModel {
    const entry = entries.get(field.typeName ?? '')
    const repeated = field.label === FieldLabel.LABEL_REPEATED
    const element = (): TypeModel => this.typeOf(field, features.isDelimited)
    const presence = presenceOf(field, features)
    return {
      kind: 'field',
      ...this.at.documented(path, field.options),
      name: field.name,
      jsonName: jsonNameOf(field),
      number: field.number,
      type: entry !== undefined ? this.map(entry) : repeated ? { kind: 'list', element: element() } : element(),
      presence,
      initial: presence === 'implicit' ? undefined : defaultOf(field, this.all.zeros.get(field.typeName ?? '') ?? []),
      sensitive: field.options?.debugRedact === true,
    }
  }

  private map({ field }: DescriptorProto): TypeModel {
    const [key, value] = field as [FieldDescriptorProto, FieldDescriptorProto]
    // Maps have no groups, whatever the file says.
    const of = (part: FieldDescriptorProto) => this.typeOf(part, false)
    return { kind: 'map', key: of(key), value: of(value) }
  }

  private typeOf(
    { type = FieldType.TYPE_DOUBLE, typeName = '' }: FieldDescriptorProto,
    isDelimited: boolean,
  ): TypeModel {
    if (type === FieldType.TYPE_ENUM) return this.named(typeName)
    if (FieldType[type] === undefined)
      throw new Refusal(this.file.name, `field type ${type}`, 'protobuf has no such type')
    if (type !== FieldType.TYPE_MESSAGE && type !== FieldType.TYPE_GROUP)
      return { kind: 'scalar', name: FieldType[type].slice('TYPE_'.length).toLowerCase() as ScalarName }
    const message = this.named(typeName)
    const isGroup = type === FieldType.TYPE_GROUP || isDelimited
    return isGroup && message.kind === 'named' ? { ...message, delimited: true } : message
  }

  private named(name: string): TypeModel {
    const known = wellKnownTypeOf(name.slice(1))
    if (known?.kind === 'scalar') return { kind: 'scalar', name: known.name, wrapped: known.wrapped }
    if (name === `.${nullValue}`) return { kind: 'scalar', name: 'nullValue' }
    if (!ownClasses.has(name.slice(1))) this.used.add(name)
    return { kind: 'named', name: name.slice(1) }
  }

  private enumeration(enumeration: EnumDescriptorProto, scope: string, path: readonly number[], outer: string): void {
    const { name, value, options } = enumeration
    const full = dotted(scope, name)
    if (full === nullValue) return
    const documented = this.at.documented(path, options)
    const reserved = reservedIn(enumeration, 0)
    const doc = [documented.doc, reservedText(reserved)].filter(text => text !== undefined).join('\n\n') || undefined
    const read = (): EnumModel => {
      const members = value.map((one, index) => {
        checkMemberName(one.name, () => this.at.place([...path, 2, index]))
        const own = this.at.documented([...path, 2, index], one.options)
        return { ...own, name: one.name, number: one.number ?? 0 }
      })
      return { ...documented, name: full, localName: dotted(outer, name), doc, members, reserved }
    }
    this.enums.push(...kept(this.all.leftOut, full, read))
  }

  private service({ name, method, options }: ServiceDescriptorProto, path: readonly number[]): ServiceModel {
    const full = dotted(this.file.package, name)
    return {
      ...this.at.documented(path, options),
      name: full,
      localName: name,
      methods: method.flatMap((one, index) =>
        kept(this.all.leftOut, `${full}/${one.name}`, () => this.method(one, [...path, 2, index])),
      ),
    }
  }

  private method(method: MethodDescriptorProto, path: readonly number[]): MethodModel {
    const { name, inputType, outputType, clientStreaming, serverStreaming, options } = method
    const message = (type: string): string => {
      const found = this.named(type)
      if (found.kind === 'named') return found.name
      throw new Refusal(
        this.at.place(path),
        type.slice(1),
        'a request or a reply must be a message of the contract; put it into one',
      )
    }
    const { routes, notes } = routesOf(options?.http, clientStreaming === true)
    for (const note of notes) this.notes.push(`${this.at.place(path)}: ${name}: ${note}`)
    const documented = this.at.documented(path, options)
    const { throws, unknown } = this.all.errors.of(method, documented.doc, this.file.package)
    for (const error of throws) this.used.add(`.${error}`)
    for (const error of unknown)
      this.notes.push(
        `${this.at.place(path)}: ${name}: it throws ${error}, which is left out: no file here declares it`,
      )
    const level = levels[options?.idempotencyLevel ?? IdempotencyLevel.IDEMPOTENCY_UNKNOWN] ?? 'unknown'
    return {
      ...documented,
      doc: readDirectives(documented.doc).doc,
      name,
      input: { message: message(inputType), streams: clientStreaming === true },
      output: { kind: 'named', name: message(outputType) },
      outputStreams: serverStreaming === true,
      // HTTP defines GET as safe.
      idempotency: routes.some(({ route }) => route.startsWith('GET ')) ? 'safe' : level,
      routes,
      oneway: false,
      throws,
    }
  }
}

/** What the descriptors of other files have to say. */
interface AllFiles {
  /** The members of each enum that are its zero, by its name with a leading dot. */
  readonly zeros: ReadonlyMap<string, readonly string[]>
  readonly errors: DeclaredErrors
  readonly leftOut: LeftOut | undefined
}

/** What a message or a field is in. */
interface Outer {
  readonly name: string
  readonly localName: string
  readonly features: Features
}

interface FieldContext {
  /** The entries of maps, by their full names. */
  readonly entries: ReadonlyMap<string, DescriptorProto>
  readonly features: Features
}

const levels = ['unknown', 'safe', 'idempotent'] as const
