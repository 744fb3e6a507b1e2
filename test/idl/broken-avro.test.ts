import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { LeftOut } from '../../src/idl/left-out.js'
import { readSources } from '../../src/idl/read-source.js'
import { Refusal } from '../../src/idl/refusal.js'

async function paths(t: ExecutionContext, texts: readonly string[], ending: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'polywire-avro-'))
  t.teardown(() => rm(cwd, { recursive: true }))
  const all = texts.map((_, at) => join(cwd, `${'abc'[at]}${ending}`))
  for (const [at, text] of texts.entries()) await writeFile(all[at] ?? '', text)
  return { all, cwd }
}

async function refusalOf(t: ExecutionContext, texts: readonly string[], ending: string): Promise<string> {
  const { all, cwd } = await paths(t, texts, ending)
  const error = await t.throwsAsync(readSources(all, []), { instanceOf: Refusal }, texts.join())
  return (error?.message ?? '').replaceAll(`${cwd}/`, '')
}

const neither = 'the file: it is neither a protocol, which has a "protocol", nor a schema, which has a "type"'
const noName = 'is not a name of Avro, which has letters, digits and _'
const protocol = (rest: string) => `{"protocol":"P",\n${rest}}`
const message = (rest: string) => protocol(`"messages":{\n"a":{${rest}}}`)

const protocols: Readonly<Record<string, string>> = {
  '{}': `a.avpr: ${neither}`,
  null: `a.avpr: ${neither}`,
  '5': `a.avpr: ${neither}`,
  '{"protocol":5}': `a.avpr: the protocol: 5 ${noName}`,
  '{"protocol":"a-b"}': `a.avpr: the protocol: "a-b" ${noName}`,
  [protocol('"namespace":"a..b"')]: `a.avpr: the namespace: "a..b" ${noName}`,
  [protocol('"types":{}')]: 'a.avpr: the types: it must be a list',
  [protocol('"types":[5]')]: 'a.avpr: a type: 5 is not one',
  [protocol('"messages":[]')]: 'a.avpr: the messages: they must be an object',
  [protocol('"messages":{"a":5}')]: 'a.avpr:2: message a: it must be an object',
  [protocol('"messages":{"a b":{"request":[],"response":"int"}}')]: `a.avpr:2: message a b: "a b" ${noName}`,
  [message('"response":"int"')]: 'a.avpr:3: message a: it has no "request"',
  [message('"request":[]')]: 'a.avpr:3: message a: it has no "response"',
  [message('"request":{},"response":"int"')]: 'a.avpr:3: the request of a: it must be a list',
  [message('"request":[{"type":"int"}],"response":"int"')]: 'a.avpr:3: the request of a: one has no "name"',
  [message('"request":[{"name":"b"}],"response":"int"')]: 'a.avpr:3: field b: it has no "type"',
  [message('"request":[],"response":"Missing"')]: 'a.avpr:3: type Missing: it is not declared',
  [message('"request":[],"response":"int","errors":["Missing"]')]: 'a.avpr:3: type Missing: it is not declared',
  [message('"request":[],"response":"int","errors":"x"')]: 'a.avpr:3: the errors of a: it must be a list',
  [message('"request":[],"response":"int","one-way":true')]:
    'a.avpr:3: message a: it is one-way, and has a response beside null',
}

test('an annotation named __proto__, which avsc loses, is refused; one in a comment or a text is none', async t => {
  const text = (annotation: string) => `protocol P {
    // @__proto__("a")
    /** "@__proto__("a") */
    record R { string a = "\\"@__proto__(1)"; }
    ${annotation} record S { @__proto("b") int b; }
  }`
  const why = "avsc cannot read it; rename it, or import the .avpr that Avro's own tools make of the file"
  t.is(await refusalOf(t, [text('@__proto__("c")')], '.avdl'), `a.avdl:5: @__proto__: ${why}`)
  const { all } = await paths(t, [text('')], '.avdl')
  t.is((await readSources(all, [])).files[0]?.messages.length, 2)
})

const record = (fields: string) => `{"type":"record","name":"A","fields":[\n${fields}]}`
const symbols = (text: string, rest = '') => `{"type":"enum",\n"name":"E","symbols":${text}${rest}}`

const schemas: Readonly<Record<string, string>> = {
  '{"type":"record"}': 'a.avsc: the record: one has no "name"',
  '{"type":"record","name":"1a","fields":[]}': `a.avsc: the record: "1a" ${noName}`,
  '{"type":"record",\n"name":"x.int","fields":[]}': 'a.avsc: record x.int: int is a primitive type of Avro',
  '{"type":"record",\n"name":"A"}': 'a.avsc:2: record A: it has no "fields"',
  '{"type":"record",\n"name":"A","fields":{}}': 'a.avsc:2: the fields of A: it must be a list',
  [record('5')]: 'a.avsc:1: the fields of A: 5 is not one',
  [record('{"name":"x"}')]: 'a.avsc:2: field x: it has no "type"',
  [record('{"name":"a-b","type":"int"}')]: `a.avsc:1: the fields of A: "a-b" ${noName}`,
  [record('{"name":"a","type":"int"},{"name":"a","type":"int"}')]: 'a.avsc:2: the fields of A: two are called a',
  [record('{"name":"a","type":"Missing"}')]: 'a.avsc:2: type Missing: it is not declared',
  [record('{"name":"a","type":{"type":"array"}}')]: 'a.avsc:2: the array: it has no "items"',
  [record('{"name":"a","type":{"type":"map"}}')]: 'a.avsc:2: the map: it has no "values"',
  [record('{"name":"a","type":{"type":"array","items":"null"}}')]:
    'a.avsc:2: null: classes have no type that has no other value',
  [record('{"name":"a","type":"int","aliases":["b c"]}')]: `a.avsc:2: an alias of a: "b c" ${noName}`,
  [record('{"name":"f","type":{"type":"fixed","name":"F"}}')]:
    'a.avsc:2: fixed F: its "size" must be an integer of at least 1',
  [symbols('[]')]: 'a.avsc:2: enum E: it has no "symbols"',
  [symbols('["a","a"]')]: 'a.avsc:2: enum E: it has two symbols a',
  [symbols('["a-b"]')]: `a.avsc:2: a symbol of enum E: "a-b" ${noName}`,
  [symbols('["a"]', ',"default":"b"')]: 'a.avsc:2: enum E: its default "b" is not one of its symbols',
  [`[${record('')},\n${record('{"name":"x","type":"int"}')}]`]:
    'a.avsc:1: type A: it is defined otherwise elsewhere in the file',
}

test('a protocol or a schema that is not valid is refused in one sentence with its place', async t => {
  for (const [text, sentence] of Object.entries(protocols)) t.is(await refusalOf(t, [text], '.avpr'), sentence, text)
  for (const [text, sentence] of Object.entries(schemas)) t.is(await refusalOf(t, [text], '.avsc'), sentence, text)
  const avdl = 'protocol P {\n record R {\n Missing a; } }'
  t.is(await refusalOf(t, [avdl], '.avdl'), 'a.avdl:3: type Missing: it is not declared')
})

const b = '{"type":"record","name":"x.B","doc":"Some.","fields":[{"name":"id","type":"int"}]}'
const user = (of: string) => `{"type":"record","name":"A","namespace":"x","fields":[{"name":"b","type":${of}}]}`

test('a type that several files define is the same in all of them, wherever they write it out', async t => {
  const { all } = await paths(t, [b, user(b), user('"B"')], '.avsc')
  const { files } = await readSources(all, [])
  t.deepEqual(
    files.map(({ messages }) => messages.map(({ name }) => name)),
    [['x.B'], ['x.A'], []],
  )
  const other = b.replace('"int"', '"long"')
  t.is(await refusalOf(t, [b, user(other)], '.avsc'), 'b.avsc: type x.B: it is defined otherwise in a.avsc')
})

test('--skip leaves out what uses a type that is not declared', async t => {
  const a = '{"type":"record","name":"A","fields":[{"name":"a","type":"Missing"}]}'
  const { all } = await paths(t, [`[${a},{"type":"record","name":"C","fields":[]}]`], '.avsc')
  const leftOut = new LeftOut()
  const { files } = await readSources(all, [], leftOut)
  t.deepEqual(
    files[0]?.messages.map(({ name }) => name),
    ['C'],
  )
  t.is(leftOut.all.length, 1)
})

test('a response may be an object of the type null', async t => {
  const { all } = await paths(t, [message('"request":[],"response":{"type":"null"}')], '.avpr')
  const { files } = await readSources(all, [])
  t.is(files[0]?.services[0]?.methods[0]?.output, undefined)
})
