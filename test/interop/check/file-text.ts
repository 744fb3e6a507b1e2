/** The parts of a .proto file of any syntax, and their text. */
export type Syntax = 'proto2' | 'proto3' | 'edition'
export type Options = Record<string, string>

export interface FilePart {
  syntax: Syntax
  name: string
  pack: string
  options: Options
  messages: MessagePart[]
  enums: EnumPart[]
  services: { name: string; methods: MethodPart[] }[]
  extensions: { extendee: string; field: FieldPart }[]
}

export interface MessagePart {
  name: string
  messages: MessagePart[]
  enums: EnumPart[]
  fields: FieldPart[]
  reserved: string[]
  extensionRanges: string[]
  options: Options
}

export interface FieldPart {
  name: string
  number: number
  /** `int32`, `Item`, `map<string, Item>`; of a group its name. */
  type: string
  label: '' | 'optional ' | 'required ' | 'repeated '
  oneof?: string
  options: Options
  /** Those of a group. */
  group?: FieldPart[]
}

export interface EnumPart {
  name: string
  members: { name: string; number: number }[]
  reserved: string[]
  options: Options
}

export interface MethodPart {
  name: string
  input: string
  output: string
  level: string
}

export function fileText({ syntax, pack, options, messages, enums, services, extensions }: FilePart): string {
  return [
    syntax === 'edition' ? 'edition = "2023";' : `syntax = "${syntax}";`,
    `package ${pack};`,
    ...optionLines(options),
    ...messages.map(one => messageText(one, syntax)),
    ...enums.map(one => enumText(one, syntax)),
    ...services.map(({ name, methods }) => block(`service ${name}`, methods.map(methodText))),
    ...extensions.map(({ extendee, field }) => block(`extend ${extendee}`, [fieldText(field)])),
  ].join('\n')
}

function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.join('\n')}\n}`
}

function optionLines(options: Options): string[] {
  return Object.entries(options).map(([name, value]) => `option ${name} = ${value};`)
}

function messageText(one: MessagePart, syntax: Syntax): string {
  const oneofs = new Set(one.fields.flatMap(({ oneof }) => oneof ?? []))
  const casesOf = (name: string) => one.fields.filter(({ oneof }) => oneof === name).map(fieldText)
  return block(`message ${one.name}`, [
    ...optionLines(one.options),
    ...one.fields.filter(({ oneof }) => oneof === undefined).map(fieldText),
    ...[...oneofs].map(name => block(`oneof ${name}`, casesOf(name))),
    ...one.messages.map(each => messageText(each, syntax)),
    ...one.enums.map(each => enumText(each, syntax)),
    ...reservedLines(one.reserved, syntax),
    ...one.extensionRanges.map(range => `extensions ${range};`),
  ])
}

function fieldText({ label, type, name, number, options, group }: FieldPart): string {
  if (group !== undefined) return block(`${label}group ${type} = ${number}`, group.map(fieldText))
  const parts = Object.entries(options).map(([key, value]) => `${key} = ${value}`)
  return `${label}${type} ${name} = ${number}${parts.length === 0 ? '' : ` [${parts.join(', ')}]`};`
}

function enumText({ name, members, reserved, options }: EnumPart, syntax: Syntax): string {
  const lines = members.map(one => `${one.name} = ${one.number};`)
  return block(`enum ${name}`, [...optionLines(options), ...lines, ...reservedLines(reserved, syntax)])
}

/** An edition has the names without quotes. */
function reservedLines(reserved: readonly string[], syntax: Syntax): string[] {
  const names = reserved.filter(one => one.startsWith('"'))
  const ranges = reserved.filter(one => !one.startsWith('"'))
  const bare = syntax === 'edition' ? names.map(one => one.slice(1, -1)) : names
  return [bare, ranges].filter(some => some.length > 0).map(some => `reserved ${some.join(', ')};`)
}

function methodText({ name, input, output, level }: MethodPart): string {
  return `rpc ${name}(${input}) returns (${output}) { ${level === '' ? '' : `option idempotency_level = ${level};`} }`
}
