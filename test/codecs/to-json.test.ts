import 'reflect-metadata'
import test from 'ava'
import { Exclude, Expose } from 'class-transformer'
import {
  bytes,
  Code,
  Field,
  fromJson,
  int64,
  listOf,
  Message,
  mapOf,
  optional,
  type RpcError,
  string,
  timestamp,
  toJson,
} from '../../src/index.js'

@Message('shop.Account')
class Account {
  @Field(1, int64) id = 0n
  @Field(2, mapOf(string, int64)) balances: Map<string, bigint> = new Map()
  @Field(3, bytes) key: Uint8Array = new Uint8Array()
  @Field(4, optional(timestamp)) opened?: Date
  @Field(
    5,
    listOf(() => Account),
  )
  children: Account[] = []
}

const account = (): Account =>
  Object.assign(new Account(), {
    id: 9007199254740993n,
    balances: new Map([
      ['EUR', 2n ** 60n],
      ['__proto__', 1n],
    ]),
    key: new Uint8Array([251, 255]),
    opened: new Date('2026-01-02T03:04:05Z'),
  })

const asJson = {
  id: '9007199254740993',
  balances: JSON.parse('{"EUR":"1152921504606846976","__proto__":"1"}') as object,
  key: '+/8=',
  opened: '2026-01-02T03:04:05Z',
}

test('a message becomes a value that JSON.stringify writes, and comes back', t => {
  const value = toJson(Account, account())
  t.deepEqual(value, asJson as never)
  for (const read of [fromJson(Account, value), fromJson(Account, JSON.stringify(value))]) {
    t.true(read instanceof Account)
    t.deepEqual(read, account())
  }
  t.deepEqual(toJson(Account, { id: 1n, balances: new Map(), key: new Uint8Array(), children: [account()] }), {
    id: '1',
    children: [asJson],
  } as never)
})

test('a value that does not fit is an error with its path', t => {
  const refused = (run: () => unknown) => t.throws(run) as RpcError
  const error = refused(() => fromJson(Account, { children: [{ id: 'seven' }] }))
  t.is(error.code, Code.invalid_argument)
  t.is(error.reason, 'invalid_message')
  t.regex(error.message, /children\[0\]\.id/)
  t.regex(refused(() => toJson(Account, { ...account(), id: 'seven' as never })).message, /id/)
  for (const value of ['{', undefined, { id: 1n }])
    t.is(refused(() => fromJson(Account, value)).reason, 'malformed_json')
  for (const value of ['null', '[]', 7]) t.is(refused(() => fromJson(Account, value)).reason, 'invalid_message')
  t.is(refused(() => toJson(Date as never, new Date())).reason, 'not_a_message')
})

test("the options are the JSON codec's: limits, and class-transformer's groups", t => {
  @Message('shop.Member')
  class Member {
    @Field(1, string) name = ''
    @Field(2, string) @Exclude() password = ''
    @Field(3, string) @Expose({ name: 'e_mail', groups: ['admin'] }) email = ''
  }
  const member = Object.assign(new Member(), { name: 'Ann', password: 'hunter2', email: 'ann@example.com' })
  t.deepEqual(toJson(Member, member), { name: 'Ann' })
  const admin = { transform: { groups: ['admin'] } }
  t.deepEqual(toJson(Member, member, admin), { name: 'Ann', e_mail: 'ann@example.com' })
  t.is(fromJson(Member, { e_mail: 'x', password: 'y' }, admin).email, 'x')
  t.is(fromJson(Member, { password: 'y' }).password, '')

  const deep = { children: [{ children: [{ children: [] }] }] }
  t.notThrows(() => fromJson(Account, deep))
  t.is((t.throws(() => fromJson(Account, deep, { depth: 1 })) as RpcError).reason, 'invalid_message')
  t.is((t.throws(() => fromJson(Account, deep, { values: 1 })) as RpcError).reason, 'too_many_values')
})
