import test, { type ExecutionContext } from 'ava'
import { Exclude, Expose, Transform, Type } from 'class-transformer'
import { classTransformOf } from '../../../src/codecs/class-transformer/class-transform.js'
import { withTransform } from '../../../src/codecs/class-transformer/with-transform.js'
import type { Codec, TransformOptions } from '../../../src/codecs/codec.js'
import { json } from '../../../src/codecs/json/codec.js'
import { msgpack, msgpackCompact } from '../../../src/codecs/msgpack/codec.js'
import { xml } from '../../../src/codecs/xml/codec.js'
import { xmlSchemaOf } from '../../../src/codecs/xml/schema.js'
import { Code } from '../../../src/core/code.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { serviceOf } from '../../../src/decorators/read-service.js'
import { Method, Service } from '../../../src/decorators/service.js'
import {
  bytes,
  enumOf,
  int32,
  int64,
  listOf,
  mapOf,
  nothing,
  type OneOf,
  oneOf,
  setOf,
  string,
  timestamp,
} from '../../../src/schema/algebra.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import type { Class } from '../../../src/schema/type.js'
import { compile, invalid } from '../contract.js'
import { Item, make, Scalars, ToneV1, ToneV2 } from '../fixture.js'

const codecs: readonly Codec[] = [json, xml, msgpack, msgpackCompact]

function through<T extends object>(codec: Codec, message: T, options: TransformOptions = {}): T {
  const serializer = compile(withTransform(codec, options), message.constructor as new () => T)
  return serializer.decode(serializer.encode(message))
}

function toJson<T extends object>(message: T, options: TransformOptions = {}): unknown {
  const serializer = compile(withTransform(json, options), message.constructor as new () => T)
  return JSON.parse(Buffer.from(serializer.encode(message)).toString()) as unknown
}

function fromJson<T>(type: new () => T, value: unknown, options: TransformOptions = {}): T {
  return compile(withTransform(json, options), type).decode(Buffer.from(JSON.stringify(value)))
}

@Message('demo.Account')
class Account {
  @Field(1, string) @Expose({ name: 'full_name' }) name = ''
  @Field(2, string) @Exclude({ toPlainOnly: true }) password = ''
  @Field(3, string) @Exclude({ toClassOnly: true }) role = 'user'
  @Field(4, string) @Exclude() note = ''
  @Field(5, int64) @Expose() id = 0n
  greet(): string {
    return `I am ${this.name}`
  }
}

test('@Expose names and @Exclude hold in every codec, in both directions', t => {
  for (const codec of codecs) {
    const sent = make(Account, { name: 'Ann', password: 'p', role: 'admin', note: 'n', id: 2n ** 60n })
    const arrived = through(codec, sent)
    t.true(arrived instanceof Account, codec.name)
    t.deepEqual(arrived, make(Account, { name: 'Ann', id: 2n ** 60n }), codec.name)
    t.is(arrived.greet(), 'I am Ann')
  }
  t.deepEqual(toJson(make(Account, { name: 'Ann', password: 'p', role: 'admin', note: 'n' })), {
    full_name: 'Ann',
    role: 'admin',
  })
  const read = fromJson(Account, { full_name: 'Ann', password: 'p', role: 'admin', note: 'n', name: 'no' })
  t.deepEqual(read, make(Account, { name: 'Ann', password: 'p' }))
})

test('the exposed name is that of the element in XML and of the key in MessagePack', t => {
  const message = make(Account, { name: 'Ann' })
  const text = Buffer.from(compile(xml, Account).encode(message)).toString()
  t.is(text, '<Account><full_name>Ann</full_name><role>user</role></Account>')
  t.regex(xmlSchemaOf(Account as Class), /<xs:element name="full_name" minOccurs="0" type="xs:string"\/>/)
  t.true(Buffer.from(compile(msgpack, Account).encode(message)).includes('full_name'))
})

@Exclude()
@Message('demo.Closed')
class Closed {
  @Field(1, string) @Expose() open = ''
  @Field(2, string) secret = ''
  @Field(3, string) @Expose({ toClassOnly: true }) inward = ''
  @Field(4, string) @Expose({ toPlainOnly: true }) outward = ''
}

test('@Exclude on the class lets through only what is exposed', t => {
  const all = { open: 'a', secret: 'b', inward: 'c', outward: 'd' }
  t.deepEqual(toJson(make(Closed, all)), { open: 'a', outward: 'd' })
  t.deepEqual(fromJson(Closed, all), make(Closed, { open: 'a', inward: 'c' }))
  for (const codec of codecs) t.deepEqual(through(codec, make(Closed, all)), make(Closed, { open: 'a' }))
})

@Message('demo.Grouped')
class Grouped {
  @Field(1, string) name = ''
  @Field(2, string) @Expose({ groups: ['admin'] }) email = ''
  @Field(3, string) @Expose({ since: 2 }) added = ''
  @Field(4, string) @Expose({ until: 2 }) dropped = ''
}

test('groups and versions hold as the codec was given them', t => {
  const all = make(Grouped, { name: 'a', email: 'b', added: 'c', dropped: 'd' })
  const cases: [TransformOptions, Partial<Grouped>][] = [
    [{}, { name: 'a', added: 'c', dropped: 'd' }],
    [{ groups: ['admin'] }, { name: 'a', email: 'b', added: 'c', dropped: 'd' }],
    [{ groups: ['other'] }, { name: 'a', added: 'c', dropped: 'd' }],
    [{ version: 1 }, { name: 'a', dropped: 'd' }],
    [{ version: 2 }, { name: 'a', added: 'c' }],
    [
      { groups: ['admin'], version: 3 },
      { name: 'a', email: 'b', added: 'c' },
    ],
  ]
  for (const [options, expected] of cases) {
    for (const codec of codecs) t.deepEqual(through(codec, all, options), make(Grouped, expected), codec.name)
    t.deepEqual(fromJson(Grouped, { ...all }, options), make(Grouped, expected))
  }
})

@Message('demo.Voice')
class NewVoice {
  @Field(1, enumOf(ToneV2)) tone = ToneV2.shrill
  @Field(2, enumOf(ToneV2)) shaped = ToneV2.shrill
}

@Message('demo.Voice')
class OldVoice {
  @Field(1, enumOf(ToneV1)) @Expose() tone = ToneV1.high
  @Field(2, enumOf(ToneV1)) @Transform(({ value }) => `got ${value}`) shaped = ToneV1.high
}

test('a member that an enum does not have is left out, and a transform gets it as it arrived', t => {
  for (const codec of codecs) {
    const { tone, shaped } = compile(codec, OldVoice).decode(compile(codec, NewVoice).encode(new NewVoice()))
    t.is(tone, ToneV1.high, codec.name)
    t.is(shaped as string, codec === msgpackCompact ? 'got 2' : 'got shrill', codec.name)
  }
})

@Message('demo.Shaped')
class Shaped {
  @Field(1, string) @Transform(({ value }) => String(value).trim(), { toClassOnly: true }) name = ''
  @Field(2, string) @Transform(({ value }) => String(value).toUpperCase(), { toPlainOnly: true }) code = ''
  @Field(3, timestamp)
  @Type(() => Date)
  @Transform(({ value }) => (value as Date).getTime(), { toPlainOnly: true })
  @Transform(({ value }) => new Date(Number(value)), { toClassOnly: true })
  at = new Date(7)
  @Field(4, listOf(string))
  @Transform(({ value }) => (value as string[]).join(','), { toPlainOnly: true })
  @Transform(({ value }) => String(value).split(','), { toClassOnly: true })
  tags: string[] = []
  @Field(5, int32) @Transform(({ value }) => Math.min(Number(value), 10)) limit = 0
}

test('@Transform makes what travels, and of what travels the value', t => {
  const sent = make(Shaped, { name: ' a ', code: 'x', at: new Date(5), tags: ['a', 'b'], limit: 99 })
  const expected = make(Shaped, { name: 'a', code: 'X', at: new Date(5), tags: ['a', 'b'], limit: 10 })
  for (const codec of codecs) t.deepEqual(through(codec, sent), expected, codec.name)
  t.deepEqual(toJson(sent), { name: ' a ', code: 'X', at: 5, tags: 'a,b', limit: 10 })
})

@Message('demo.Computed')
class Computed {
  @Field(1, string) first = ''
  @Field(2, string) last = ''
  @Field(3, string)
  @Expose({ name: 'full' })
  @Transform(({ obj, key, options }) => `${obj.first} ${obj.last} (${key}, ${options.groups?.join()})`)
  whole = ''
}

test('a transform sees the whole object, the key and the options, and runs for what is absent but exposed', t => {
  t.deepEqual(toJson(make(Computed, { first: 'A', last: 'B' }), { groups: ['g'] }), {
    first: 'A',
    last: 'B',
    full: 'A B (whole, g)',
  })
  t.is(fromJson(Computed, { first: 'A', last: 'B' }, { groups: ['g'] }).whole, 'A B (whole, g)')
})

@Message('demo.Tree')
class Node {
  @Field(1, string) @Expose({ name: 'n' }) name = ''
  @Field(
    2,
    listOf(() => Node),
  )
  @Expose({ name: 'c' })
  children: Node[] = []
  @Field(
    3,
    mapOf(string, () => Node),
  )
  byName: Map<string, Node> = new Map()
}

const either = { node: [1, () => Node], text: [2, string] } as const
@Message('demo.Holder')
class Holder {
  @Field(oneOf(either)) one?: OneOf<typeof either>
  @Field(3, setOf(int64)) @Expose({ name: 'ids' }) numbers: Set<bigint> = new Set()
  @Field(4, bytes) @Expose({ name: 'blob' }) raw = new Uint8Array(0)
  @Field(5, Item) @Type(() => Item) item?: Item
}

test('decorated messages within others, and every type that class-transformer does not know', t => {
  const tree = make(Node, {
    name: 'a',
    children: [make(Node, { name: 'b' })],
    byName: new Map([['x', make(Node, { name: 'c' })]]),
  })
  t.deepEqual(toJson(tree), { n: 'a', c: [{ n: 'b' }], byName: { x: { n: 'c' } } })
  const holder = make(Holder, {
    one: { case: 'node', value: tree },
    numbers: new Set([2n ** 60n]),
    raw: new Uint8Array([1, 2]),
    item: make(Item, { name: 'pen' }),
  })
  for (const codec of codecs) {
    t.deepEqual(through(codec, tree), tree, codec.name)
    t.deepEqual(through(codec, holder), holder, codec.name)
  }
  let deep = new Node()
  for (let level = 0; level < 65; level++) deep = make(Node, { children: [deep] })
  for (const codec of codecs) invalid(t, () => through(codec, deep), /nested deeper than 64/)
})

@Message('demo.Failing')
class Failing {
  @Field(1, string)
  @Transform(({ value }) => {
    if (value === 'secret') throw new Error('internal detail')
    if (value === 'refused') throw new RpcError('not that', Code.permission_denied)
    return value as string
  })
  text = ''
  @Field(2, int32) number = 0
}

test('a transform that throws is invalid_argument, without what it said; an RpcError of its own is kept', t => {
  for (const action of [() => fromJson(Failing, { text: 'secret' }), () => toJson(make(Failing, { text: 'secret' }))]) {
    const error = invalid(t, action, 'text: its @Transform threw')
    t.is((error.cause as Error).message, 'internal detail')
  }
  t.like(
    t.throws(() => fromJson(Failing, { text: 'refused' })),
    { code: Code.permission_denied },
  )
})

test('what does not fit is refused with the path of its name on the wire', t => {
  invalid(t, () => fromJson(Account, { full_name: 5 }), 'full_name: expected string, got number 5')
  invalid(t, () => toJson(make(Failing, { number: 'x' as unknown as number })), 'number: expected int32, got string')
  invalid(t, () => toJson(make(Node, { children: [5 as unknown as Node] })), /^c\[0\]: expected demo\.Tree, got number/)
})

test('a message without the decorators is compiled as if class-transformer were not there', t => {
  for (const type of [Scalars, Item]) {
    const schema = messageSchemaOf(type as Class)
    t.truthy(schema)
    if (schema !== undefined) t.is(classTransformOf(schema), undefined)
  }
})

function contradicts(t: ExecutionContext, type: new () => object, message: RegExp): void {
  class Api {
    async call(_request: object): Promise<void> {}
  }
  Method({ accepts: type as Class<object>, returns: nothing })(
    Api.prototype,
    'call',
    Object.getOwnPropertyDescriptor(Api.prototype, 'call') as TypedPropertyDescriptor<
      (request: object) => Promise<void>
    >,
  )
  Service()(Api)
  const error = t.throws(() => serviceOf(Api)) as RpcError
  t.is(error.code, Code.failed_precondition)
  t.is(error.reason, 'contradicting_decorators')
  t.regex(error.message, message)
}

test('what @Field and class-transformer say against each other is told at start-up', t => {
  @Message()
  class Names {
    @Field(1, string, { name: 'a' }) @Expose({ name: 'b' }) x = ''
  }
  contradicts(t, Names, /^Names\.x: @Field names it a, @Expose b; /)
  @Message()
  class Required {
    @Field(1, string, { required: true }) @Exclude() x = ''
  }
  contradicts(t, Required, /^Required\.x: @Field requires it and @Exclude\(\) leaves it out/)
  @Message()
  class Typed {
    @Field(1, Item) @Type(() => Scalars) x?: Item
  }
  contradicts(t, Typed, /^Typed\.x: @Field makes it of Item, @Type of Scalars; write @Type\(\(\) => Item\) or none/)
  @Message()
  class Dated {
    @Field(1, string) @Type(() => Date) x = ''
  }
  contradicts(t, Dated, /^Dated\.x: @Field makes it of String, @Type of Date/)
  @Message()
  class Discriminated {
    @Field(1, Item)
    @Type(() => Item, { discriminator: { property: 'kind', subTypes: [{ name: 'item', value: Item }] } })
    x?: Item
  }
  contradicts(t, Discriminated, /^Discriminated\.x: @Type chooses the class by a discriminator/)
  @Message()
  class Taken {
    @Field(1, string) a = ''
    @Field(2, string) @Expose({ name: 'a' }) b = ''
  }
  contradicts(t, Taken, /^Taken\.b: its name a is that of a/)
  @Message()
  class Loose {
    @Field(1, string) a = ''
    @Expose() get b(): string {
      return this.a
    }
  }
  contradicts(t, Loose, /^Loose\.b: it has @Expose\(\) but is not a field/)
  @Message()
  class Reserved {
    @Field(1, string) @Expose({ name: '__proto__' }) a = ''
  }
  contradicts(t, Reserved, /^Reserved\.a: @Expose names it __proto__/)
})
