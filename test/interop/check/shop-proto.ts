/** A .proto as data, for mutations. */
export interface Proto {
  /** Of each file, without its ending: `a`. */
  files: ProtoFile[]
}

export interface ProtoFile {
  name: string
  package: string
  imports: string[]
  messages: ProtoMessage[]
  enums: ProtoEnum[]
  services: ProtoService[]
}

export interface ProtoMessage {
  name: string
  fields: ProtoField[]
  /** Names of oneofs; its cases say so themselves. */
  messages: ProtoMessage[]
  enums: ProtoEnum[]
  reserved: string[]
}

export interface ProtoField {
  name: string
  number: number
  /** `int32`, `Item`, `map<string, int64>` */
  type: string
  label: '' | 'optional ' | 'repeated '
  oneof?: string | undefined
  jsonName?: string | undefined
}

export interface ProtoEnum {
  name: string
  members: { name: string; number: number }[]
  reserved: string[]
  allowAlias?: boolean
}

export interface ProtoService {
  name: string
  methods: { name: string; input: string; output: string; level?: string }[]
}

export function field(number: number, name: string, type: string, rest: Partial<ProtoField> = {}): ProtoField {
  return { name, number, type, label: '', ...rest }
}

/** A shop in two files of one package. */
export function shop(pack: string): Proto {
  const state = {
    name: 'State',
    reserved: ['7', '9 to 11', '"GONE"'],
    members: ['UNKNOWN', 'PAID', 'SENT', 'DONE'].map((name, number) => ({ name: `STATE_${name}`, number })),
  }
  const item = message('Item', [field(1, 'sku', 'string'), field(2, 'quantity', 'uint32')])
  const order: ProtoMessage = {
    ...message('Order', [
      field(1, 'id', 'string'),
      field(2, 'items', 'Item', { label: 'repeated ' }),
      field(3, 'totals', 'map<string, int64>'),
      field(4, 'state', 'State'),
      field(5, 'note', 'string', { label: 'optional ' }),
      field(6, 'count', 'int32'),
      field(8, 'tags', 'string', { label: 'repeated ' }),
      field(12, 'card_digits', 'string', { oneof: 'payment' }),
      field(13, 'invoice', 'Invoice', { oneof: 'payment' }),
      field(14, 'gift', 'bytes', { oneof: 'present' }),
      field(15, 'voucher', 'int64', { oneof: 'present' }),
      field(16, 'replaces', 'Order'),
      field(17, 'old_name', 'string', { jsonName: 'oldest' }),
      field(18, 'rate', 'double'),
      field(19, 'level', 'Level'),
    ]),
    messages: [message('Invoice', [field(1, 'number', 'string')])],
    enums: [
      {
        name: 'Level',
        reserved: [],
        members: [
          { name: 'LOW', number: 0 },
          { name: 'HIGH', number: 1 },
        ],
      },
    ],
    reserved: ['7', '9 to 11', '100 to 200', '"coupon"', '"discount"'],
  }
  const requests = ['Get', 'List'].map(name => message(`${name}Request`, [field(1, 'id', 'string')]))
  const unused = {
    name: 'Colour',
    reserved: [],
    members: [
      { name: 'RED', number: 0 },
      { name: 'BLUE', number: 1 },
    ],
  }
  return {
    files: [
      {
        name: 'a',
        package: pack,
        imports: ['b'],
        messages: [order, ...requests],
        enums: [unused],
        services: [orders()],
      },
      { name: 'b', package: pack, imports: [], messages: [item, message('Other', [])], enums: [state], services: [] },
    ],
  }
}

function orders(): ProtoService {
  return {
    name: 'Orders',
    methods: [
      { name: 'Get', input: 'GetRequest', output: 'Order', level: 'NO_SIDE_EFFECTS' },
      { name: 'Put', input: 'Order', output: 'Order', level: 'IDEMPOTENT' },
      { name: 'List', input: 'ListRequest', output: 'stream Order' },
      { name: 'Drop', input: 'GetRequest', output: 'Other' },
    ],
  }
}

export function message(name: string, fields: ProtoField[]): ProtoMessage {
  return { name, fields, messages: [], enums: [], reserved: [] }
}

/** The text of a file. @param folder that of the package's files */
export function protoText({ package: pack, imports, messages, enums, services }: ProtoFile, folder: string): string {
  return [
    'syntax = "proto3";',
    `package ${pack};`,
    ...imports.map(name => `import "${folder}/${name}.proto";`),
    ...messages.map(messageText),
    ...enums.map(enumText),
    ...services.map(({ name, methods }) => {
      const lines = methods.map(({ name: method, input, output, level }) => {
        const option = level === undefined ? '' : `option idempotency_level = ${level};`
        return `rpc ${method}(${input}) returns (${output}) { ${option} }`
      })
      return `service ${name} { ${lines.join(' ')} }`
    }),
  ].join('\n')
}

function messageText({ name, fields, messages, enums, reserved }: ProtoMessage): string {
  const oneofs = new Set(fields.flatMap(({ oneof }) => oneof ?? []))
  const own = fields.filter(({ oneof }) => oneof === undefined).map(fieldText)
  const grouped = [...oneofs].map(
    oneof =>
      `oneof ${oneof} { ${fields
        .filter(one => one.oneof === oneof)
        .map(fieldText)
        .join(' ')} }`,
  )
  const parts = [...own, ...grouped, ...messages.map(messageText), ...enums.map(enumText), ...reservedTexts(reserved)]
  return `message ${name} {\n${parts.map(part => `  ${part}\n`).join('')}}`
}

function fieldText({ name, number, type, label, jsonName }: ProtoField): string {
  const option = jsonName === undefined ? '' : ` [json_name = "${jsonName}"]`
  return `${label}${type} ${name} = ${number}${option};`
}

function enumText({ name, members, reserved, allowAlias }: ProtoEnum): string {
  const lines = members.map(one => `${one.name} = ${one.number};`)
  const alias = allowAlias ? ['option allow_alias = true;'] : []
  return `enum ${name} { ${[...alias, ...lines, ...reservedTexts(reserved)].join(' ')} }`
}

function reservedTexts(reserved: readonly string[]): string[] {
  const [names, ranges] = [reserved.filter(one => one.startsWith('"')), reserved.filter(one => !one.startsWith('"'))]
  return [names, ranges].filter(list => list.length > 0).map(list => `reserved ${list.join(', ')};`)
}
