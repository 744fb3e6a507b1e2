import { join } from 'node:path'
import test from 'ava'
import { polywire, polywireIn, root } from './cli.js'
import { install, projectWith } from './folder.js'

const unnamed = `
import { enumOf, Field, int32, Message, Method, Service, unimplemented } from 'polywire'

@Service('shop.Orders')
export class Orders {
  @Method({ args: { state: enumOf({ OPEN: 0 }) }, returns: enumOf({ FOUND: 0 }) })
  find(_state: number): Promise<number> { return unimplemented() }
}

@Service('shop.Users')
export class Users {
  @Method({ args: { state: enumOf({ ACTIVE: 0 }) }, returns: enumOf({ KNOWN: 0 }) })
  find(_state: number): Promise<number> { return unimplemented() }
}

@Message('shop.Item')
export class Item {
  @Field(1, enumOf({ NEW: 0 })) state = 0
}

@Message('shop.Item.State')
export class State {
  @Field(1, int32) n = 0
}
`

test('describe --as ts names each enum without a name as descriptors do, and drops none', async t => {
  const cwd = await projectWith(t, { 'package.json': { type: 'module' }, 'shop.ts': unnamed })
  await install(cwd, root)
  const { code, out, err } = await polywireIn(cwd, ['describe', '-c', 'shop.ts', '--as', 'ts'])
  t.deepEqual([code, err], [0, ''])
  const enums = [
    ...out.matchAll(/export enum (\w+) \{\n {2}(\w+) = 0,\n\}\nexport const \w+ = enumOf\(\w+, '(.+?)'\)/g),
  ]
  t.deepEqual(
    enums.map(([, name, member, full]) => [name, member, full]),
    [
      ['ItemState_', 'NEW', 'shop.Item.State_'],
      ['OrdersFindRequestState', 'OPEN', 'shop.OrdersFindRequest.State'],
      ['OrdersFindResponseValue', 'FOUND', 'shop.OrdersFindResponse.Value'],
      ['UsersFindRequestState', 'ACTIVE', 'shop.UsersFindRequest.State'],
      ['UsersFindResponseValue', 'KNOWN', 'shop.UsersFindResponse.Value'],
    ],
  )
})

const nested = `syntax = "proto3"; package g;
message Outer { enum State { A = 0; } Outer2 other = 1; }
message Outer2 { string id = 1; }
message B { Outer.State state = 1; }`

test('describe NAME --as prints a type that is nested in another message within it', async t => {
  const file = join(await projectWith(t, { 'g.proto': nested }), 'g.proto')
  const of = async (format: string) => (await polywire(['describe', '-c', file, 'g.B', '--as', format])).out
  t.is(
    await of('proto'),
    'syntax = "proto3";\n\npackage g;\n\nmessage B {\n  Outer.State state = 1;\n}\n\n' +
      'message Outer {\n  enum State {\n    A = 0;\n  }\n  Outer2 other = 1;\n}\n\nmessage Outer2 {\n  string id = 1;\n}\n',
  )
  t.regex(
    await of('thrift'),
    /^namespace \* g\n\nenum Outer_State \{\n {2}A = 0,\n\}\n\nstruct B \{\n {2}1: Outer_State state,\n\}\n/,
  )
})
