import test from 'ava'
import { Field, Message } from '../../src/decorators/message.js'
import { compare } from '../../src/idl/check/compare.js'
import { snapshotOf, snapshotOfModels } from '../../src/idl/check/snapshot.js'
import { lockText, parseLock } from '../../src/idl/lock/format.js'
import { readLock } from '../../src/idl/lock/read.js'
import { lockOf } from '../../src/idl/lock/write.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { Refusal } from '../../src/idl/refusal.js'
import { Method, Resumable, Service, streamOf } from '../../src/index.js'
import { int32, int64, listOf, mapOf, string } from '../../src/schema/algebra.js'
import { unionOf } from '../../src/schema/union.js'
import * as hello from '../fixtures/hello.js'
import * as orders from '../fixtures/idl/generated/shop/v1/orders.js'
import * as vault from '../fixtures/idl/generated/vault.js'
import * as wide from '../fixtures/idl/generated/wide.js'
import * as zoo from '../fixtures/idl/generated/zoo.js'
import * as shop from '../fixtures/shop.js'

for (const [name, module] of Object.entries({ hello, vault, wide, zoo, orders, shop })) {
  test(`a lock that is read is the same lock: ${name}`, t => {
    const { lock } = snapshotOf(contractOf(module))
    const text = lockText(lock)
    const again = snapshotOfModels({ files: [readLock(parseLock('a.lock.json', text))], notes: [] })
    t.is(lockText(again.lock), text)
    t.deepEqual(compare(again, snapshotOf(contractOf(module))).changes, [])
  })
}

test('a lock has a line for each method, field and member', t => {
  const { messages, enums, services } = lockOf(contractOf(zoo))
  t.deepEqual(enums['zoo.v1.Gait'], ['1 WALK', '5 FLY'])
  t.deepEqual(messages['zoo.v1.Food'], ['1 name string in value', '2 prey zoo.v1.Animal in value'])
  t.deepEqual(messages['zoo.v1.NotFound'], ['error', '1 message string text', '2 id int64', '3 code int32'])
  t.deepEqual(messages['zoo.v1.Animal'], [
    '1 id int64 required',
    '2 name string',
    '3 note string optional',
    '4 gait zoo.v1.Gait = FLY',
    '5 legs int32 = 4',
    '6 tags set string',
    '7 speeds map zoo.v1.Gait list double',
    '8 mother zoo.v1.Animal',
    '9 photo bytes',
    '10 wild bool = true',
    '11 cage int8',
    '12 floor int16',
    '13 weight double = 1.5',
    '14 born int64 = 9007199254740993',
    '15 class_name string = "it\'s \\"x\\"\\n"',
  ])
  t.deepEqual(services['zoo.v1.Keeper'], [
    'all () -> list zoo.v1.Animal',
    'feed (1 animal zoo.v1.Animal, 2 food zoo.v1.Food) -> int32',
    'find (1 id int64) -> zoo.v1.Animal, throws zoo.v1.NotFound zoo.v1.Closed',
    'log (1 line string) -> nothing, oneway',
    'ping () -> bool',
    'store (zoo.v1.Animal) -> zoo.v1.Animal',
  ])
})

test('a lock has the defaults of lists, maps, messages and unions, and check sees that one changed', t => {
  class Locked {
    numbers = [1, 2]
    labels = new Map([[1n, 'one']])
    point = Object.assign(new wide.Point(), { x: 3 })
    title: string | number = 'x'
    plain: string[] = []
  }
  Message('lock.Locked')(Locked)
  Field(1, listOf(int32))(Locked.prototype, 'numbers')
  Field(2, mapOf(int64, string))(Locked.prototype, 'labels')
  Field(3, wide.Point)(Locked.prototype, 'point')
  Field(4, unionOf(string, int32))(Locked.prototype, 'title')
  Field(5, listOf(string))(Locked.prototype, 'plain')
  const { messages } = lockOf(contractOf({ Locked }))
  t.deepEqual(messages['lock.Locked'], [
    '1 numbers list int32 = [1,2]',
    '2 labels map int64 string = [{"key":1,"value":"one"}]',
    '3 point wide.Point = {"x":3,"name":null,"constructor":0}',
    '4 title union(string, int32) = "x"',
    '5 plain list string',
  ])
  const before = snapshotOf(contractOf({ Locked }))
  const now = lockText(before.lock).replace('[1,2]', '[1,3]').replace('{\\"x\\":3', '{\\"x\\":4')
  const after = snapshotOfModels({ files: [readLock(parseLock('a.lock.json', now))], notes: [] })
  t.is(lockText(after.lock), now)
  t.deepEqual(
    compare(before, after).changes.map(({ at, what }) => [at, what]),
    [
      ['lock.Locked.numbers', 'default [1, 2] became [1, 3]'],
      ['lock.Locked.point', 'default {"x": 3} became {"x": 4}'],
    ],
  )
  t.throws(() => readLock(parseLock('a.lock.json', now.replace('[1,3]', '[1,true]')), 'a.lock.json'), {
    message: /numbers list int32 = \[1,true\]: the line cannot be read$/,
  })
})

test('a lock says which streams can resume, and a stream that no longer can is a change', t => {
  @Service('feeds.Feed')
  class Resumed {
    @Method({ returns: streamOf(string) })
    @Resumable({ key: (event: string) => event })
    async *events(): AsyncIterable<string> {}
  }
  @Service('feeds.Feed')
  class Feed {
    @Method({ returns: streamOf(string) })
    async *events(): AsyncIterable<string> {}
  }
  const resumable = snapshotOf(contractOf({ Resumed }))
  t.deepEqual(resumable.lock.services['feeds.Feed'], ['Events () -> stream string, resumable'])
  const read = readLock(parseLock('a.lock.json', lockText(resumable.lock)))
  t.deepEqual(compare(snapshotOfModels({ files: [read], notes: [] }), resumable).changes, [])
  t.deepEqual(
    compare(resumable, snapshotOf(contractOf({ Feed }))).changes.map(({ what }) => what),
    ['is no longer resumable'],
  )
})

test('what a contract reserves stands in its lock', t => {
  const { messages } = lockOf(contractOf(orders))
  t.is(messages['shop.v1.Order']?.at(-1), 'reserved 7 9-11 "coupon"')
})

test('what is no lock is refused with its place', t => {
  const read = (text: string) => readLock(parseLock('a.lock.json', text), 'a.lock.json')
  const lock = (lines: object) => JSON.stringify({ schema: 'polywire.lock/1', ...lines })
  for (const [text, message] of [
    ['{', /^a\.lock\.json: its JSON: /],
    ['{}', /^a\.lock\.json: its schema: it must be polywire\.lock\/1; write it again with polywire lock$/],
    [lock({ messages: { 'a.M': 'x' } }), /^a\.lock\.json: messages: it must be an object of lists of lines$/],
    [lock({ messages: { 'a.M': ['x id string'] } }), /^a\.lock\.json: a\.M: x id string: the line cannot be read$/],
    [lock({ messages: { 'a.M': ['1 id strin'] } }), /a\.M: 1 id strin: there is no type strin$/],
    [lock({ messages: { 'a.M': ['1 id wrapped constructor'] } }), /there is no type constructor$/],
    [lock({ messages: { 'a.M': ['1 id a.N'] } }), /^a\.lock\.json: a\.M: 1 id a\.N: the lock has no type a\.N$/],
    [lock({ services: { 'a.S': ['Get (a.M) -> a.M'] } }), /the lock has no type a\.M$/],
    [lock({ messages: { 'a.M': ['1 id string maybe'] } }), /maybe: the line cannot be read$/],
    [
      lock({ services: { 'a.S': ['Get (a.M) a.M'] }, messages: { 'a.M': [] } }),
      /Get \(a\.M\) a\.M: the line cannot be read$/,
    ],
  ] as const)
    t.regex(t.throws(() => read(text), { instanceOf: Refusal }).message, message)
})

test('a lock that a hand has broken is one sentence with the line', t => {
  const read = (text: string) => readLock(parseLock('a.lock.json', text), 'a.lock.json')
  const lock = (lines: object) => JSON.stringify({ schema: 'polywire.lock/1', ...lines })
  const unread = 'the line cannot be read'
  for (const [line, why] of [
    ['1 a nope', 'there is no type nope'],
    ['1 a wrapped nope', 'there is no type nope'],
    ['1 a x.Nope', 'the lock has no type x.Nope'],
    ['1 a .constructor', 'the lock has no type constructor'],
    ['1 a string = "\\q"', unread],
    ['1 "\\q" string', unread],
    ['1 a int32 = x', unread],
    ['1 a int64 = 1.5', unread],
    ['1 a value = [[[', unread],
    ['1 a decimal(5)', unread],
    ['1 a fixed(x)', unread],
    ['1 a .E = other', 'E has no member other'],
    ['99999999999999999999 a string', unread],
    ['reserved', unread],
    ['reserved 1 to', unread],
    ['reserved 4-x', unread],
  ]) {
    const error = t.throws(() => read(lock({ messages: { M: [line] }, enums: { E: ['0 one'] } })), undefined, line)
    t.is(error?.message, `a.lock.json: M: ${line}: ${why}`)
  }
  const get = lock({ services: { S: ['Get (.M) -> string'] } })
  t.is(t.throws(() => read(get))?.message, 'a.lock.json: S: Get (.M) -> string: the lock has no type M')
  t.is(t.throws(() => read(lock({ enums: { E: [] } })))?.message, 'a.lock.json: enum E: it has no members')
  const deep = t.throws(() => read(lock({ messages: { M: [`1 a ${'list '.repeat(100_000)}string`] } })), {
    instanceOf: Refusal,
  })
  t.regex(deep?.message ?? '', /^a\.lock\.json: M: 1 a list .{191}\.\.\.: its type is nested too deeply$/)
})

test('a default of any value of JSON is kept by a lock', t => {
  for (const json of ['"x"', '1.5', 'true']) {
    const text = JSON.stringify({ schema: 'polywire.lock/1', messages: { M: [`1 a value = ${json}`] } })
    const [field] = readLock(parseLock('a.lock.json', text)).messages[0]?.fields ?? []
    t.deepEqual(field?.kind === 'field' && field.initial, JSON.parse(json))
  }
})
