import type { EnumPart, FieldPart, FilePart, MessagePart, MethodPart, Options } from './file-text.js'
import type { Random } from './random.js'

export const numbers = 'double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64'.split(
  ' ',
)
const scalars = [...numbers, 'bool', 'string', 'bytes']
const keys = ['int32', 'int64', 'uint32', 'string', 'bool', 'fixed32']
const messages = ['M0', 'M1', 'M2']

/** Options of a file, each with a value that is not its default. */
export const fileOptions: Options = {
  cc_enable_arenas: 'false',
  cc_generic_services: 'true',
  csharp_namespace: '"X"',
  deprecated: 'true',
  go_package: '"x/y"',
  java_generic_services: 'true',
  java_multiple_files: 'true',
  java_outer_classname: '"X"',
  java_package: '"x"',
  java_string_check_utf8: 'true',
  objc_class_prefix: '"XX"',
  optimize_for: 'CODE_SIZE',
  php_class_prefix: '"X"',
  php_metadata_namespace: '"X"',
  php_namespace: '"X"',
  py_generic_services: 'true',
  ruby_package: '"X"',
  swift_prefix: '"X"',
}

/** A file with messages, enums and services of every form that its syntax has. */
export function randomFile(random: Random, pack: string): FilePart {
  const syntax = random.of(['proto2', 'proto3', 'edition'] as const)
  const file: FilePart = {
    syntax,
    pack,
    name: 'a',
    options: {},
    messages: [],
    enums: [randomEnum(random, 'E0'), randomEnum(random, 'E1')],
    services: ['S0', 'S1'].map(name => ({ name, methods: ['R0', 'R1', 'R2'].map(one => randomMethod(random, one)) })),
    extensions: [],
  }
  for (const name of messages) file.messages.push(randomMessage(random, file, name, 0))
  const option = random.of(Object.keys(fileOptions))
  if (random.chance(0.3)) file.options[option] = fileOptions[option] as string
  const [first] = file.messages
  if (first === undefined || syntax === 'proto3' || random.chance(0.4)) return file
  first.extensionRanges.push(random.of(['1000 to 1999', '1000 to max', '1000 to 1001, 1002 to 1300']))
  for (const number of [1000, 1001, 1002]) {
    const label = random.chance(0.3) ? 'repeated ' : syntax === 'proto2' ? 'optional ' : ''
    const field: FieldPart = { name: `x${number}`, number, type: random.of(scalars), label, options: {} }
    decorate(random, file, field)
    // Only a file or a feature of a message makes the fields of others implicit or required.
    delete field.options.json_name
    delete field.options['features.field_presence']
    file.extensions.push({ extendee: 'M0', field })
  }
  return file
}

export function randomMethod(random: Random, name: string): MethodPart {
  const type = () => (random.chance(0.2) ? 'stream ' : '') + random.of(messages)
  return { name, input: type(), output: type(), level: random.of(['', '', 'NO_SIDE_EFFECTS', 'IDEMPOTENT']) }
}

function randomEnum(random: Random, name: string): EnumPart {
  const reserved = ['20 to 30', `"${name}_GONE"`, '40 to max'].filter(() => random.chance(0.4))
  return { name, members: [0, 1, 2, 3].map(number => ({ name: `${name}_V${number}`, number })), reserved, options: {} }
}

function randomMessage(random: Random, file: FilePart, name: string, depth: number): MessagePart {
  const nested = depth < 2 && random.chance(0.6) ? [randomMessage(random, file, `${name}N`, depth + 1)] : []
  const enums = random.chance(0.4) ? [randomEnum(random, `${name}E`)] : []
  const reserved = ['90 to 99', '80', '"gone"', '3000 to max'].filter((_, at) => random.chance(0.5 - at / 10))
  const made: MessagePart = { name, messages: nested, enums, fields: [], reserved, extensionRanges: [], options: {} }
  const count = 3 + random.below(6)
  for (let number = 1; number <= count; number++) made.fields.push(randomField(random, file, made, number))
  if (file.syntax === 'proto2' && random.chance(0.4)) {
    const group = [1, 2].map(number => randomField(random, file, made, number))
    const plain = group.filter(({ oneof, type }) => oneof === undefined && !type.startsWith('map'))
    const label = random.of(['optional ', 'repeated '] as const)
    made.fields.push({ name: 'grp', number: 60, type: `Grp${depth}`, label, options: {}, group: plain })
  }
  return made
}

export function randomField(random: Random, file: FilePart, message: MessagePart, number: number): FieldPart {
  const field: FieldPart = { name: `f_${number}`, number, type: randomType(random, message), label: '', options: {} }
  const form = random.next()
  if (form < 0.12) field.type = randomMap(random, message)
  else if (form < 0.22) field.oneof = random.of(['oa', 'ob'])
  else field.label = randomLabel(random, file)
  decorate(random, file, field)
  return field
}

export function randomLabel(random: Random, { syntax }: FilePart): FieldPart['label'] {
  if (syntax === 'proto2') return random.of(['optional ', 'optional ', 'required ', 'repeated '])
  return syntax === 'proto3' ? random.of(['', '', 'optional ', 'repeated ']) : random.of(['', '', 'repeated '])
}

export function randomType(random: Random, { messages: nested, enums }: MessagePart): string {
  return random.of([...scalars, ...messages, 'E0', 'E1', ...[...nested, ...enums].map(({ name }) => name)])
}

export function randomMap(random: Random, message: MessagePart): string {
  return `map<${random.of(keys)}, ${randomType(random, message)}>`
}

/** Options that the field can have, each with some chance. */
export function decorate(random: Random, { syntax }: FilePart, field: FieldPart): void {
  const { type, label, oneof, options } = field
  const isText = type === 'string' || type === 'bytes'
  const isMap = type.startsWith('map')
  const isPacked = label === 'repeated ' && (type === 'bool' || numbers.includes(type))
  const add = (name: string, isPossible: boolean, share: number, ...values: string[]) => {
    const value = random.of(values)
    if (random.chance(share) && isPossible) options[name] = value
  }
  add('json_name', true, 0.1, `"j${field.number}"`)
  add('deprecated', true, 0.1, 'true')
  add('jstype', /64$/.test(type), 0.3, 'JS_STRING', 'JS_NUMBER', 'JS_NORMAL')
  const isEdition = syntax === 'edition'
  add('ctype', isText && !isEdition, 0.3, 'CORD', 'STRING_PIECE', 'STRING')
  add('packed', isPacked && !isEdition, 0.3, 'true', 'false')
  const canBeAbsent = !isMap && label !== 'repeated ' && oneof === undefined && !type.startsWith('M')
  add('features.field_presence', isEdition && canBeAbsent, 0.3, 'IMPLICIT', 'EXPLICIT', 'LEGACY_REQUIRED')
  add('features.message_encoding', isEdition && type.startsWith('M') && !/E\d*$/.test(type), 0.2, 'DELIMITED')
  add('features.repeated_field_encoding', isEdition && isPacked, 0.2, 'PACKED', 'EXPANDED')
  add('features.utf8_validation', isEdition && type === 'string', 0.2, 'VERIFY', 'NONE')
  const initial = defaults(type)
  const hasDefault = syntax !== 'proto3' && !isMap && label !== 'repeated ' && initial.length > 0
  add('default', hasDefault && options['features.field_presence'] !== 'IMPLICIT', 0.3, ...initial, '')
  if (options.default === '') delete options.default
}

function defaults(type: string): string[] {
  if (type === 'bool') return ['true', 'false']
  if (type === 'string' || type === 'bytes') return ['"a"', '"b\\n"', '""', '"\\303\\251"']
  if (type === 'double' || type === 'float') return ['1.5', '-0.0', 'inf', 'nan', '0', '3e10', '0.1']
  if (numbers.includes(type)) return ['0', '4', '7']
  return type === 'E0' || type === 'E1' ? [`${type}_V0`, `${type}_V1`] : []
}
