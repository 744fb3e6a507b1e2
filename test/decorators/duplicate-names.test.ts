import test from 'ava'
import type { Class } from '../../src/extend.js'
import {
  bool,
  connect,
  disconnect,
  enumOf,
  Field,
  int32,
  int64,
  listOf,
  Message,
  Method,
  mapOf,
  oneOf,
  optional,
  RpcError,
  Service,
  serve,
  string,
} from '../../src/index.js'

/** A service whose request and reply are of these classes, the second one within the first reply's list. */
function serviceOf(accepts: Class<object>, returns: Class<object>): Class<{ trade(request: object): Promise<object> }> {
  @Message('trades.Reply')
  class Reply {
    @Field(1, listOf(returns as Class<object>)) all: object[] = []
  }

  @Service('trades.Trades')
  class Trades {
    @Method({ accepts, returns: Reply }) async trade(request: object): Promise<Reply> {
      return { all: [request, request] }
    }
  }
  return Trades
}

function messageOf(decorate: (prototype: object) => void, name = 'trades.Item'): Class<object> {
  class Item {}
  decorate(Item.prototype)
  Message(name)(Item)
  return Item
}

type Decorate = (prototype: object) => void
const field =
  (key: string, ...args: Parameters<typeof Field>): Decorate =>
  prototype =>
    (Field as (...given: unknown[]) => (target: object, key: string) => void)(...args)(prototype, key)

enum Color {
  red = 1,
  blue = 2,
}

const base = field('total', 1, int32)
const changed: Readonly<Record<string, Decorate>> = {
  'field total is 1: int32, implicit in one and 2: int32, implicit in the other': field('total', 2, int32),
  'field total is 1: int32, implicit in one and 1: int64, implicit in the other': field('total', 1, int64),
  'field total is 1: int32, implicit in one and 1: int32, explicit in the other': field('total', 1, optional(int32)),
  'field total is 1: int32, implicit in one and 1: list of int32, implicit in the other': field(
    'total',
    1,
    listOf(int32),
  ),
  'field total is 1: int32, implicit in one and 1: map of string to bool, implicit in the other': field(
    'total',
    1,
    mapOf(string, bool),
  ),
  'field total is 1: int32, implicit in one and 1: enum (red 1, blue 2), implicit in the other': field(
    'total',
    1,
    enumOf(Color),
  ),
  'field total is 1: int32, implicit in one and 1: int32, implicit, sumTotal in JSON in the other': field(
    'total',
    1,
    int32,
    { jsonName: 'sumTotal' },
  ),
  'field total is 1: int32, implicit in one and 1: int32, implicit, an attribute in the other': field(
    'total',
    1,
    int32,
    { attribute: true },
  ),
  'field total is 1: int32, implicit in one and 1: int32, implicit, once sum in the other': field('total', 1, int32, {
    aliases: ['sum'],
  }),
}

for (const [difference, decorate] of Object.entries(changed)) {
  test(`one name and two shapes are an error of start-up: ${difference.slice(44)}`, t => {
    const service = serviceOf(messageOf(base), messageOf(decorate))
    const error = t.throws(() => connect(service, 'memory://nowhere'), { instanceOf: RpcError })
    t.is(error?.reason, 'duplicate_message_name')
    const sides =
      /^classes Item and Item are both @Message\('trades\.Item'\), but field total is (.+) in one and (.+) in the other; give one of them another name$/
    const [, one, other] = sides.exec(error?.message ?? '') ?? []
    const wanted = /field total is (.+) in one and (.+) in the other/.exec(difference) ?? []
    t.deepEqual([one, other].sort(), wanted.slice(1).sort())
  })
}

test('fields in another order, cases of a oneOf, and an error in place of a message are other shapes too', t => {
  const two: Decorate = prototype => {
    field('a', 1, int32)(prototype)
    field('b', 2, int32)(prototype)
  }
  const swapped: Decorate = prototype => {
    field('b', 2, int32)(prototype)
    field('a', 1, int32)(prototype)
  }
  const refused = (one: Class<object>, other: Class<object>) =>
    t.throws(() => connect(serviceOf(one, other), 'memory://nowhere'), { instanceOf: RpcError })?.message
  t.regex(refused(messageOf(two), messageOf(swapped)) ?? '', /their fields have different orders/)
  const renamed = refused(messageOf(base), messageOf(field('sum', 1, int32)))
  t.regex(
    renamed ?? '',
    /field (total|sum) is (absent|1: int32, implicit) in one and (absent|1: int32, implicit) in the other/,
  )
  const choice = (name: string) =>
    messageOf(prototype => Field(oneOf({ [name]: [1, string] }))(prototype as { choice?: never }, 'choice'))
  t.regex(refused(choice('text'), choice('word')) ?? '', /field choice is one of (text|word) 1: string/)

  class Failure extends RpcError {}
  field('total', 1, int32)(Failure.prototype)
  Message('trades.Item')(Failure)
  t.regex(refused(messageOf(base), Failure as Class<object>) ?? '', /only one of them extends RpcError/)
})

test('enums of one name and other values are an error too', t => {
  enum Shade {
    red = 1,
    blue = 3,
  }
  const one = messageOf(field('color', 1, enumOf(Color, 'trades.Color')), 'trades.One')
  const other = messageOf(field('color', 1, enumOf(Shade, 'trades.Color')), 'trades.Other')
  const error = t.throws(() => connect(serviceOf(one, other), 'memory://nowhere'), { instanceOf: RpcError })
  t.is(error?.reason, 'duplicate_message_name')
  t.regex(
    error?.message ?? '',
    /Item\.color and Item\.color both have an enum 'trades\.Color', but one is enum .*blue [23]/,
  )
})

test('one name and one shape are one type, on every protocol', async t => {
  const color = () => field('color', 1, enumOf(Color, 'trades.Color'))
  const service = serviceOf(messageOf(color()), messageOf(color()))
  const server = await serve([service], { host: '127.0.0.1', memory: 'trades' })
  for (const target of ['http', 'grpc', 'thrift', 'avro'].map(name => `${name}://${server.address}`)) {
    const trades = connect(service, target)
    const reply = (await trades.trade({ color: Color.blue })) as { all: { color: Color }[] }
    t.deepEqual(
      reply.all.map(({ color }) => color),
      [Color.blue, Color.blue],
      target,
    )
    await disconnect(trades)
  }
  await server.close()
})
