import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { polywire, polywireIn, root } from './cli.js'
import { install, projectWith } from './folder.js'

const constants = {
  'shop.thrift':
    'namespace js shop\n/** Of the shop. */\nconst i32 LIMIT = 1\nconst i32 Map = 3\nenum Unused { A = 1 }\ntypedef i64 Id',
  'base.thrift': 'namespace js base\nconst string LIMIT = "two"',
}

test('describe --as prints constants of one name in two packages, and those that are called like what JavaScript has', async t => {
  const cwd = await projectWith(t, constants)
  const line = ['describe', ...Object.keys(constants).flatMap(name => ['-c', join(cwd, name)]), '--as']
  const { code, out, err } = await polywire([...line, 'ts'])
  t.deepEqual([code, err], [0, ''])
  const declared = [
    '/** Of the shop. */\nexport const LIMIT_ = 1\n',
    'export const Map_ = 3\n',
    "export const LIMIT = 'two'\n",
  ]
  const listed = [
    "constantsOf('shop', {\n  LIMIT: [int32, LIMIT_],\n  Map: [int32, Map_],\n})",
    "constantsOf('base', {\n  LIMIT: [string, LIMIT],\n})",
  ]
  for (const text of [...declared, ...listed]) t.true(out.includes(text), out)
  const { out: thrift } = await polywire([...line, 'thrift'])
  for (const text of [
    'const i32 LIMIT = 1',
    'const i32 Map = 3',
    'const string LIMIT = "two"',
    'enum Unused {',
    'typedef i64 Id',
  ])
    t.true(thrift.includes(text), thrift)
})

const values = `
import { bool, constantsOf, Field, fieldMask, int32, type JsonObject, listOf, listValue, Message, type OneOf, oneOf, string, struct, unionOf } from 'polywire'

const cases = { count: [3, int32], text: [4, string] } as const

@Message('all.Values')
export class Values {
  @Field(1, struct) settings: JsonObject = { a: [1, null], __proto__: 'not a property' as never, ['b']: 'x' }
  @Field(2, fieldMask) mask: readonly string[] = ['a']
  @Field(oneOf(cases)) choice: OneOf<typeof cases> = { case: 'text', value: 'x' }
}

@Message('all.Unions')
export class Unions {
  @Field(unionOf(string, int32)) one: string | number = 5
  @Field(listOf(unionOf(bool, string))) list: (boolean | string)[] = ['a', true]
}

export const all = constantsOf('all', {
  SETTINGS: [struct, { x: [1] }],
  LIST: [listValue, [1, { y: 2 }]],
  ONE: [unionOf(string, int32), 4],
  VALUES: [Values, Object.assign(new Values(), { choice: { case: 'count', value: 7 } })],
})
export const others = constantsOf('others', { SETTINGS: [struct, { x: 2 }] })
`

test('describe --as ts prints defaults and constants of JSON, of any branch of a union and of a oneOf, and reads them again', async t => {
  const cwd = await projectWith(t, { 'package.json': { type: 'module' }, 'values.ts': values })
  await install(cwd, root)
  const { code, out, err } = await polywireIn(cwd, ['describe', '-c', 'values.ts', '--as', 'ts'])
  t.deepEqual([code, err], [0, ''])
  for (const text of [
    "settings: JsonObject = { a: [1, null], b: 'x' }\n",
    "mask: string[] = ['a']\n",
    "= { case: 'text', value: 'x' }\n",
    'one: string | number = 5\n',
    "list: (boolean | string)[] = ['a', true]\n",
    'export const SETTINGS = { x: [1] }\n',
    'export const SETTINGS_ = { x: 2 }\n',
    "Object.assign(new Values(), { choice: { case: 'count', value: 7 } })\n",
  ])
    t.true(out.includes(text), `${text} is not in\n${out}`)
  await writeFile(join(cwd, 'again.ts'), out)
  t.deepEqual(await polywireIn(cwd, ['describe', '-c', 'again.ts', '--as', 'ts']), { code, out, err })
})

test('describe --as ts refuses a constant whose value is not of its type', async t => {
  const module = `
    import { constantsOf, enumOf } from 'polywire'
    export const constants = constantsOf('all', { LEVEL: [enumOf({ LOW: 1 }, 'all.Level'), 7] })`
  const cwd = await projectWith(t, { 'package.json': { type: 'module' }, 'values.ts': module })
  await install(cwd, root)
  const { code, out, err } = await polywireIn(cwd, ['describe', '-c', 'values.ts', '--as', 'ts'])
  t.deepEqual([code, out], [2, ''])
  t.is(err, 'polywire: all.LEVEL: its value: it is not of its type, so that no literal has it\n')
})
