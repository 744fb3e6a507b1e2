import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { contractOfModels } from '../../src/idl/check/snapshot.js'
import type { ExportFormat } from '../../src/idl/format.js'
import { exportFormats } from '../../src/idl/formats.js'
import { LeftOut } from '../../src/idl/left-out.js'
import { lockText } from '../../src/idl/lock/format.js'
import { lockOf } from '../../src/idl/lock/write.js'
import type { ReadModel } from '../../src/idl/model.js'
import { readSources } from '../../src/idl/read-source.js'
import { Refusal } from '../../src/idl/refusal.js'
import { imported } from './imported.js'

async function read(t: ExecutionContext, name: string, text: string, leftOut?: LeftOut): Promise<ReadModel> {
  const cwd = await mkdtemp(join(tmpdir(), 'polywire-names-'))
  t.teardown(() => rm(cwd, { recursive: true }))
  await writeFile(join(cwd, name), text)
  try {
    return await readSources([join(cwd, name)], [cwd], leftOut)
  } catch (error) {
    if (error instanceof Refusal) throw new Error(error.message.replace(`${cwd}/`, ''))
    throw error
  }
}

const proto = (text: string) => `syntax = "proto3";\npackage a;\n${text}`
const avpr = (types: string) => `{"protocol":"S","types":[\n${types}],"messages":{}}`
const openapi = (text: string) =>
  `{"openapi":"3.1.0","info":{"title":"a","version":"1"},"paths":{},"components":{"schemas":{${text}}}}`
const lock = (sections: string) => `{"schema":"polywire.lock/1",${sections}}`

/** Each with its place and construct. */
const refused: readonly (readonly [name: string, text: string, where: string])[] = [
  ['a.proto', proto('message A { string __proto__ = 1; }'), 'a.proto:3:13: field'],
  ['a.proto', proto('message A { oneof __proto__ { string a = 1; } }'), 'a.proto:3:13: field'],
  ['a.proto', proto('message A { oneof a { string __proto__ = 1; } }'), 'a.proto:3:23: field'],
  ['a.proto', proto('message A { string a = 1 [json_name = "__proto__"]; }'), 'a.proto:3:13: field'],
  ['a.proto', proto('enum E { A = 0; __proto__ = 1; }'), 'a.proto:3:17: member'],
  ['a.thrift', 'struct A {\n 1: string __proto__ }', 'a.thrift:2: field'],
  ['a.thrift', 'union A {\n 1: string __proto__ }', 'a.thrift:2: field'],
  ['a.thrift', 'enum A { B = 0,\n __proto__ = 1 }', 'a.thrift:2: member'],
  ['a.thrift', 'service S {\n void get(1: string __proto__) }', 'a.thrift:2: field'],
  ['a.avpr', avpr('{"type":"record","name":"A","fields":[\n{"name":"__proto__","type":"int"}]}'), 'a.avpr:3: field'],
  ['a.avsc', '{"type":"enum","name":"A",\n"symbols":["B", "__proto__"]}', 'a.avsc:2: member'],
  ['a.avdl', 'protocol P {\n enum E { A, __proto__ } }', 'a.avdl:2: member'],
  [
    'a.json',
    openapi('"A":{"type":"object","properties":{"__proto__":{"type":"string"}}}'),
    'a.json#/components/schemas/A/properties/__proto__: field',
  ],
  ['a.lock.json', lock('"messages":{"A":["1 __proto__ string"]}'), 'a.lock.json: field'],
  ['a.lock.json', lock('"messages":{"A":["1 a string in __proto__"]}'), 'a.lock.json: field'],
  ['a.lock.json', lock('"enums":{"E":["0 __proto__"]}'), 'a.lock.json: E: member'],
]

test('fields and enum members called __proto__ are refused, in every format', async t => {
  for (const [name, text, where] of refused) {
    const what = where.split(' ').at(-1)
    const error = await t.throwsAsync(read(t, name, text), undefined, text)
    t.is(
      error?.message,
      `${where} __proto__: every JavaScript object has a property of that name; rename the ${what}`,
      text,
    )
  }
})

test('--skip leaves out an enum with such a member, and what uses it', async t => {
  const leftOut = new LeftOut()
  const text = proto('enum E { A = 0; __proto__ = 1; } message B { E e = 1; } message C { string c = 1; }')
  const { files } = await read(t, 'a.proto', text, leftOut)
  t.deepEqual([files[0]?.enums, files[0]?.messages.map(({ name }) => name)], [[], ['a.C']])
  const sentences = leftOut.all.map(one => one.replace(/^\S*\//, ''))
  t.deepEqual(sentences, [
    'a.proto:3:17: member __proto__: every JavaScript object has a property of that name; rename the member',
    'a.B: it uses a.E',
  ])
})

/** Where names that every object inherits stand for something else than a field. */
const kept: readonly (readonly [name: string, format: keyof typeof exportFormats, text: string])[] = [
  [
    'a.proto',
    'proto',
    proto(`message A { message __proto__ { string constructor = 1; } __proto__ a = 1; map<string, __proto__> toString = 2; E e = 3; }
      enum E { constructor = 0; prototype = 1; hasOwnProperty = 2; } service __proto__ { rpc constructor (A) returns (A); }`),
  ],
  [
    'a.thrift',
    'thrift',
    `const i32 __proto__ = 1\nconst map<string, string> M = { "__proto__": "x", "constructor": "y" }
      enum E { constructor = 0, prototype = 1 } typedef i32 hasOwnProperty
      struct B { 1: string constructor } struct toString { 1: E e = E.prototype, 2: hasOwnProperty n, 3: B b = { "constructor": "x" } }
      exception valueOf { 1: string constructor, 2: string (__proto__ = "x") prototype }
      service S { toString __proto__(1: toString a) throws (1: valueOf __proto__) }`,
  ],
  [
    'a.avpr',
    'avpr',
    `{"protocol":"__proto__","types":[{"type":"enum","name":"constructor","symbols":["prototype","toString"]},
      {"type":"record","name":"hasOwnProperty","fields":[{"name":"constructor","type":"string"}]},
      {"type":"record","name":"toString","fields":[{"name":"m","type":{"type":"map","values":"int"},"default":{"__proto__":1}},
        {"name":"e","type":"constructor","default":"toString"},
        {"name":"prototype","type":"hasOwnProperty","default":{"constructor":"x"}}]}],
      "messages":{"__proto__":{"request":[{"name":"a","type":"toString"}],"response":"constructor"}}}`,
  ],
  [
    'a.avdl',
    'avdl',
    `protocol S { enum constructor { prototype, toString } record hasOwnProperty { string constructor; }
      record toString { map<int> m = {"__proto__": 1}; constructor e = "toString"; hasOwnProperty prototype; }
      toString valueOf_(toString a, constructor b); }`,
  ],
]

test('names that every object inherits come in and go out as any other', async t => {
  for (const [name, format, text] of kept) {
    const contract = contractOfModels((await read(t, name, text)).files)
    const writer: ExportFormat = exportFormats[format]
    t.is(lockText(lockOf(await imported(t, writer, contract))), lockText(lockOf(contract)), name)
    t.notRegex(lockText(lockOf(contract)), /native code|undefined/)
  }
  t.is(({} as { readonly x?: unknown }).x, undefined)
})
