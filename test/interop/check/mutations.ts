import { field, message, type Proto, type ProtoEnum, type ProtoMessage, type ProtoService } from './shop-proto.js'

/** A change of a contract that was one of `shop-proto.ts`. */
export interface Mutation {
  readonly name: string
  readonly mutate: (proto: Proto) => void
}

const scalars =
  'double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes'.split(' ')
const types = [...scalars, 'Item', 'Order.Invoice', 'State', 'Order.Level', 'Colour']
const labels = ['', 'optional ', 'repeated '] as const

/** Every change of a type to another one, at a field of their own in a contract of their own. */
export function typeChanges(): readonly (readonly [
  name: string,
  before: Mutation['mutate'],
  after: Mutation['mutate'],
])[] {
  const to = (type: string, how: 'field' | 'map' | 'repeated' | 'oneof') => (proto: Proto) => {
    const rest = how === 'repeated' ? { label: 'repeated ' as const } : how === 'oneof' ? { oneof: 'present' } : {}
    orderOf(proto).fields.push(field(50, 'value', how === 'map' ? `map<string, ${type}>` : type, rest))
  }
  const pairs = types.flatMap(one => types.filter(other => other !== one).map(other => [one, other] as const))
  const changes = pairs.map(([one, other]) => [`${one} to ${other}`, to(one, 'field'), to(other, 'field')] as const)
  const some = pairs.filter((_, at) => at % 9 === 0)
  for (const how of ['map', 'repeated', 'oneof'] as const)
    changes.push(...some.map(([one, other]) => [`${how}: ${one} to ${other}`, to(one, how), to(other, how)] as const))
  return changes
}

/** Changes of how many values a field has. */
export function cardinalityChanges(): readonly (readonly [string, Mutation['mutate'], Mutation['mutate']])[] {
  const forms = ['', 'optional ', 'repeated ', 'map', 'oneof'] as const
  const to = (type: string, form: (typeof forms)[number]) => (proto: Proto) => {
    const made =
      form === 'map'
        ? field(50, 'value', `map<string, ${type}>`)
        : form === 'oneof'
          ? field(50, 'value', type, { oneof: 'present' })
          : field(50, 'value', type, { label: form })
    orderOf(proto).fields.push(made)
  }
  return ['int32', 'string', 'bytes', 'Item', 'State'].flatMap(type =>
    forms.flatMap(one =>
      forms
        .filter(other => other !== one)
        .map(other => [`${type}: ${one || 'plain'} to ${other || 'plain'}`, to(type, one), to(type, other)] as const),
    ),
  )
}

const reservations = [[], ['number'], ['name'], ['number', 'name']] as const

/** Changes of the shop itself. They can be combined. */
export function shopChanges(): Mutation[] {
  return [
    ...fieldChanges(),
    ...oneofChanges(),
    ...reservedChanges(),
    ...enumChanges(),
    ...methodChanges(),
    ...typeRemovals(),
    ...fileChanges(),
  ]
}

function orderOf({ files }: Proto): ProtoMessage {
  return messageOf(files, 'Order')
}

function messageOf(files: Proto['files'], name: string): ProtoMessage {
  for (const file of files) for (const one of file.messages) if (one.name === name) return one
  throw new Error(`there is no message ${name}`)
}

function fieldChanges(): Mutation[] {
  const names = ['id', 'items', 'totals', 'state', 'note', 'count', 'tags', 'card_digits', 'invoice', 'replaces']
  const removed = names.flatMap(name =>
    reservations.map(
      (kept): Mutation => ({
        name: `remove ${name}, reserve ${kept.join(' and ') || 'nothing'}`,
        mutate: proto => {
          const order = orderOf(proto)
          const at = order.fields.findIndex(one => one.name === name)
          const [gone] = at < 0 ? [] : order.fields.splice(at, 1)
          if (gone === undefined) return
          for (const what of kept) order.reserved.push(what === 'number' ? `${gone.number}` : `"${gone.name}"`)
        },
      }),
    ),
  )
  const renamed = names.flatMap(name =>
    [`${name}_x`, `x${name}`].map(
      (other): Mutation => ({
        name: `rename ${name} to ${other}`,
        mutate: proto => changeField(proto, name, one => Object.assign(one, { name: other })),
      }),
    ),
  )
  const rest: Mutation[] = [
    ...['old_name', 'count', 'tags'].map(name => ({
      name: `json_name of ${name}`,
      mutate: (proto: Proto) => changeField(proto, name, one => Object.assign(one, { jsonName: 'other' })),
    })),
    {
      name: 'no json_name',
      mutate: proto => changeField(proto, 'old_name', one => Object.assign(one, { jsonName: undefined })),
    },
    ...names.map(name => ({
      name: `renumber ${name}`,
      mutate: (proto: Proto) => changeField(proto, name, one => Object.assign(one, { number: one.number + 60 })),
    })),
    ...labels.map(label => ({
      name: `add ${label}field`,
      mutate: (proto: Proto) => void orderOf(proto).fields.push(field(40, 'freshly', 'string', { label })),
    })),
    { name: 'add map', mutate: proto => void orderOf(proto).fields.push(field(41, 'more', 'map<int32, Item>')) },
    {
      name: 'swap numbers',
      mutate: proto => {
        changeField(proto, 'id', one => Object.assign(one, { number: 6 }))
        changeField(proto, 'count', one => Object.assign(one, { number: 1 }))
      },
    },
    {
      name: 'key of map',
      mutate: proto => changeField(proto, 'totals', one => Object.assign(one, { type: 'map<int32, int64>' })),
    },
  ]
  return [...removed, ...renamed, ...rest]
}

function changeField(proto: Proto, name: string, change: (field: ProtoMessage['fields'][number]) => void): void {
  for (const one of orderOf(proto).fields) if (one.name === name) change(one)
}

function oneofChanges(): Mutation[] {
  const move = (name: string, oneof: string | undefined): Mutation => ({
    name: `${name} to ${oneof ?? 'no oneof'}`,
    mutate: proto => changeField(proto, name, one => Object.assign(one, { oneof, label: '' })),
  })
  return [
    move('card_digits', undefined),
    move('invoice', undefined),
    move('card_digits', 'present'),
    move('gift', 'payment'),
    move('count', 'payment'),
    move('note', 'payment'),
    move('replaces', 'fresh'),
    {
      name: 'rename oneof',
      mutate: proto => {
        for (const one of orderOf(proto).fields) if (one.oneof === 'payment') one.oneof = 'paid_by'
      },
    },
    {
      name: 'remove oneof',
      mutate: proto => {
        const order = orderOf(proto)
        order.fields = order.fields.filter(one => one.oneof !== 'present')
      },
    },
  ]
}

function reservedChanges(): Mutation[] {
  const sets = [
    [],
    ['7'],
    ['7', '9 to 11', '"coupon"', '"discount"'],
    ['7', '9 to 10', '100 to 200', '"coupon"', '"discount"'],
    ['7', '9', '11', '100 to 200', '"coupon"', '"discount"'],
    ['7', '9 to 11', '100 to 149', '150 to 200', '"coupon"', '"discount"'],
    ['7', '9 to 11', '90 to 300', '"coupon"', '"discount"'],
    ['7', '9 to 11', '100 to 200', '"coupon"'],
    ['7', '9 to 11', '100 to 200', '"discount"', '"rebate"'],
    ['7', '9 to 11', '101 to 199', '"coupon"', '"discount"'],
  ]
  const ofEnum = [
    [],
    ['7'],
    ['7', '9 to 11'],
    ['7', '9', '10', '11', '"GONE"'],
    ['5 to 20', '"GONE"'],
    ['9 to 11', '"GONE"', '"MORE"'],
  ]
  return [
    ...sets.map(reserved => ({
      name: `reserved ${reserved.join(', ')}`,
      mutate: (proto: Proto) => void orderOf(proto).reserved.splice(0, 99, ...reserved),
    })),
    ...ofEnum.map(reserved => ({
      name: `enum reserved ${reserved.join(', ')}`,
      mutate: (proto: Proto) => changeEnum(proto, 'State', one => Object.assign(one, { reserved: [...reserved] })),
    })),
  ]
}

function changeEnum({ files }: Proto, name: string, change: (one: ProtoEnum) => void): void {
  for (const one of files.flatMap(({ enums, messages }) => [...enums, ...messages.flatMap(each => each.enums)]))
    if (one.name === name) change(one)
}

function enumChanges(): Mutation[] {
  const removed = [1, 2, 3].flatMap(number =>
    reservations.map(
      (kept): Mutation => ({
        name: `remove member ${number}, reserve ${kept.join(' and ') || 'nothing'}`,
        mutate: proto =>
          changeEnum(proto, 'State', one => {
            const gone = one.members.find(each => each.number === number)
            one.members = one.members.filter(each => each !== gone)
            if (gone !== undefined)
              for (const what of kept) one.reserved.push(what === 'number' ? `${number}` : `"${gone.name}"`)
          }),
      }),
    ),
  )
  const change = (name: string, how: (one: ProtoEnum) => void, of = 'State'): Mutation => ({
    name,
    mutate: proto => changeEnum(proto, of, how),
  })
  return [
    ...removed,
    ...[0, 1, 2, 3].map(number =>
      change(`rename member ${number}`, one => {
        for (const each of one.members) if (each.number === number) each.name += '_X'
      }),
    ),
    ...[1, 2, 3].map(number =>
      change(`renumber member ${number}`, one => {
        for (const each of one.members) if (each.number === number) each.number = 30 + number
      }),
    ),
    change('swap members', one => {
      for (const each of one.members) if (each.number === 1 || each.number === 2) each.number = 3 - each.number
    }),
    change('add member', one => void one.members.push({ name: 'STATE_LOST', number: 4 })),
    change('alias', one => {
      one.allowAlias = true
      one.members.push({ name: 'STATE_PAYED', number: 1 })
    }),
    change('rename with alias', one => {
      one.allowAlias = true
      for (const each of one.members) if (each.number === 1) each.name = 'STATE_PAYED'
      one.members.push({ name: 'STATE_SETTLED', number: 1 })
    }),
    change('nested: remove member', one => void one.members.pop(), 'Level'),
    change('nested: add member', one => void one.members.push({ name: 'MID', number: 2 }), 'Level'),
    {
      name: 'enum into a message',
      mutate: proto => {
        const [, b] = proto.files
        const state = b?.enums.find(({ name }) => name === 'State')
        if (b === undefined || state === undefined) return
        orderOf(proto).enums.push({ ...state, members: state.members.map(one => ({ ...one })) })
      },
    },
  ]
}

function methodChanges(): Mutation[] {
  const change = (method: string, what: string, how: (one: ProtoService['methods'][number]) => void): Mutation => ({
    name: `${method}: ${what}`,
    mutate: ({ files }) => {
      for (const one of files.flatMap(({ services }) => services).flatMap(({ methods }) => methods))
        if (one.name === method) how(one)
    },
  })
  const streams = ['Get', 'Put', 'List'].flatMap(method => [
    change(method, 'stream of requests', one => (one.input = flipped(one.input))),
    change(method, 'stream of replies', one => (one.output = flipped(one.output))),
    change(method, 'both', one => Object.assign(one, { input: flipped(one.input), output: flipped(one.output) })),
  ])
  const typesOf = ['Get', 'Put', 'List', 'Drop'].flatMap(method => [
    change(method, 'request type', one => (one.input = 'Other')),
    change(method, 'reply type', one => (one.output = 'Item')),
  ])
  const levels = ['Get', 'Put', 'List'].flatMap(method =>
    [undefined, 'NO_SIDE_EFFECTS', 'IDEMPOTENT'].map(level =>
      change(method, `level ${level}`, one => {
        if (level === undefined) delete one.level
        else one.level = level
      }),
    ),
  )
  const renamed = ['Get', 'List'].map(method => change(method, 'renamed', one => (one.name += 'X')))
  return [
    ...streams,
    ...typesOf,
    ...levels,
    ...renamed,
    {
      name: 'remove method',
      mutate: ({ files }) =>
        void files.flatMap(({ services }) => services).forEach(({ methods }) => void methods.pop()),
    },
    {
      name: 'add method',
      mutate: ({ files }) =>
        void files[0]?.services[0]?.methods.push({ name: 'Fresh', input: 'Order', output: 'stream Order' }),
    },
    { name: 'remove service', mutate: ({ files }) => void files[0]?.services.pop() },
  ]
}

function flipped(type: string): string {
  return type.startsWith('stream ') ? type.slice('stream '.length) : `stream ${type}`
}

function typeRemovals(): Mutation[] {
  return [
    {
      name: 'remove an unused enum',
      mutate: ({ files }) => void (files[0] as Proto['files'][number]).enums.pop(),
    },
    {
      name: 'rename a message',
      mutate: proto => {
        messageOf(proto.files, 'Item').name = 'Thing'
        changeField(proto, 'items', one => Object.assign(one, { type: 'Thing' }))
      },
    },
    {
      name: 'rename a nested message',
      mutate: proto => {
        for (const one of orderOf(proto).messages) one.name = 'Bill'
        changeField(proto, 'invoice', one => Object.assign(one, { type: 'Bill' }))
      },
    },
    {
      name: 'remove a map and a nested message',
      mutate: proto => {
        const order = orderOf(proto)
        order.messages = []
        order.fields = order.fields.filter(({ name }) => name !== 'invoice' && name !== 'totals')
      },
    },
    { name: 'add a message', mutate: ({ files }) => void files[1]?.messages.push(message('Fresh', [])) },
  ]
}

function fileChanges(): Mutation[] {
  return [
    {
      name: 'move a message to another file',
      mutate: ({ files: [a, b] }) => {
        const other = b?.messages.pop()
        if (other !== undefined) a?.messages.push(other)
      },
    },
    {
      name: 'move an enum to another file',
      mutate: ({ files: [a, b] }) => {
        const colour = a?.enums.pop()
        if (colour !== undefined) b?.enums.push(colour)
      },
    },
    {
      name: 'all in one file',
      mutate: proto => {
        const [a, b] = proto.files
        if (a === undefined || b === undefined) return
        proto.files = [{ ...a, imports: [], messages: [...a.messages, ...b.messages], enums: [...a.enums, ...b.enums] }]
      },
    },
    {
      name: 'rename a file',
      mutate: ({ files: [a, b] }) => {
        if (a === undefined || b === undefined) return
        b.name = 'c'
        a.imports = ['c']
      },
    },
    {
      name: 'another package',
      mutate: ({ files }) => {
        for (const file of files) file.package += '.v2'
      },
    },
  ]
}
