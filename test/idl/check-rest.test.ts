import test from 'ava'
import { unimplemented } from '../../src/core/rpc-error.js'
import { Http } from '../../src/decorators/http.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Service } from '../../src/decorators/service.js'
import { compare } from '../../src/idl/check/compare.js'
import { type Snapshot, snapshotOf, snapshotOfModels } from '../../src/idl/check/snapshot.js'
import { lockText, parseLock } from '../../src/idl/lock/format.js'
import { readLock } from '../../src/idl/lock/read.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { int32, string } from '../../src/schema/algebra.js'
import type { HttpOptions } from '../../src/schema/http-rule.js'

type Route = readonly [route: string, options?: HttpOptions]

/** A contract whose only method has these routes. */
function contract(...routes: readonly Route[]): Snapshot {
  @Message('shop.User')
  class User {
    @Field(1, string) id = ''
    @Field(2, string) name = ''
    @Field(3, int32) age = 0
  }
  @Service('shop.Users')
  class Users {
    @Method({ accepts: User, returns: User })
    put(_user: User): Promise<User> {
      return unimplemented()
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Users.prototype, 'put') as TypedPropertyDescriptor<never>
  for (const [route, options] of routes.toReversed()) Http(route, options)(Users.prototype, 'put', descriptor)
  return snapshotOf(contractOf({ User, Users }))
}

function restOf(before: Snapshot, after: Snapshot): string[] {
  const { changes } = compare(before, after)
  return changes.flatMap(({ at, findings }) =>
    findings.filter(({ wire }) => wire === 'rest').map(({ rule, level, why }) => `${at} ${level} ${rule}: ${why}`),
  )
}

const created: Route = ['POST /v1/users', { body: '*', location: '/v1/users/{id}' }]

test('a route that is gone, or takes or returns something else, breaks its callers', t => {
  const before = contract(['PUT /v1/users/{id}', { body: '*' }], created)
  const cases: readonly (readonly [readonly Route[], readonly string[]])[] = [
    [[['PUT /v1/users/{id}', { body: '*' }]], ['ROUTE_REMOVED: nobody answers POST /v1/users any more']],
    [[['PATCH /v1/users/{id}', { body: '*' }], created], ['ROUTE_REMOVED: nobody answers PUT /v1/users/{id} any more']],
    [[['PUT /v1/users/{id}', { body: 'name' }], created], ['BODY_CHANGED: body of PUT /v1/users/{id}: * became name']],
    [
      [['PUT /v1/users/{id}', { body: '*', responseBody: 'name' }], created],
      ['RESPONSE_CHANGED: responseBody of PUT /v1/users/{id}: default became name'],
    ],
  ]
  for (const [routes, expected] of cases)
    t.deepEqual(
      restOf(before, contract(...routes)),
      expected.map(text => `shop.Users/Put break REST_${text}`),
    )
})

test('another status is a warning; another variable, a new route and another order are nothing', t => {
  const before = contract(['PUT /v1/users/{id}', { body: '*' }], created)
  t.deepEqual(restOf(before, contract(['PUT /v1/users/{id}', { body: '*', status: 202 }], created)), [
    'shop.Users/Put warn REST_STATUS_CHANGED: status of PUT /v1/users/{id}: default became 202',
  ])
  const others: readonly Route[] = [
    created,
    ['POST /v1/guests', { body: '*' }],
    ['PUT /v1/users/{name=*}', { body: '*' }],
  ]
  t.deepEqual(restOf(before, contract(...others)), [])
})

test('what breaks the JSON of a message breaks the routes that carry it', t => {
  const before = contract(created)
  const read = (text: string) => snapshotOfModels({ files: [readLock(parseLock('a.lock.json', text))], notes: [] })
  const text = lockText(before.lock)
  t.true(
    text.includes('Put (shop.User) -> shop.User, http \\"POST /v1/users\\" body \\"*\\" location \\"/v1/users/{id}\\"'),
  )
  t.is(lockText(read(text).lock), text)
  const rules = restOf(before, read(text.replace('3 age int32', '3 age int64')))
  t.deepEqual(
    rules.map(rule => rule.split(':')[0]),
    ['shop.User.age break FIELD_WIRE_JSON_COMPATIBLE_TYPE'],
  )
})

test('a contract without routes has no column for them', t => {
  t.false(compare(contract(), contract()).wires.includes('rest'))
  t.true(compare(contract(), contract(created)).wires.includes('rest'))
  t.deepEqual(
    compare(contract(), contract(created)).changes.map(({ at, what }) => [at, what]),
    [['shop.Users/Put', 'POST /v1/users with body "*", location "/v1/users/{id}" is new']],
  )
})
