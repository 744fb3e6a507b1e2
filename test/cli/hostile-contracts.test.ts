import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { defaultLimits } from '../../src/core/limits.js'
import {
  DescriptorProto,
  FieldDescriptorProto,
  FieldLabel,
  FieldType,
  FileDescriptorProto,
  FileDescriptorSet,
} from '../../src/protocols/standard-services/descriptor-messages.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import { polywire } from './cli.js'
import { folder } from './folder.js'

// A contract may come from a stranger: nothing in it may become code, or a file outside of the folder.

async function imported(t: ExecutionContext, name: string, content: string | Uint8Array) {
  const cwd = await folder(t)
  await mkdir(join(cwd, 'deep/out'), { recursive: true })
  await writeFile(join(cwd, name), content)
  return { cwd, ...(await polywire(['import', join(cwd, name), '-o', join(cwd, 'deep/out')])) }
}

/** A set with one file, one message and one field. */
function setOf({
  file = 'a.proto',
  message = 'A',
  field = 'a',
  type = FieldType.TYPE_STRING,
  typeName = '',
}): Uint8Array {
  const one = Object.assign(new FieldDescriptorProto(), {
    ...{ name: field, number: 1, label: FieldLabel.LABEL_OPTIONAL, type, typeName },
  })
  const messageType = [Object.assign(new DescriptorProto(), { name: message, field: [one] })]
  const descriptor = Object.assign(new FileDescriptorProto(), { name: file, syntax: 'proto3', messageType })
  const set = Object.assign(new FileDescriptorSet(), { file: [descriptor] })
  const schema = messageSchemaOf(FileDescriptorSet) as MessageSchema<FileDescriptorSet>
  return protobuf.compile(schema, defaultLimits).encode(set)
}

const code = 'x = 1 }; globalThis.hostile = 1; class B { y'

for (const [what, parts] of Object.entries({
  'a file outside of the folder': { file: '../../stolen.proto' },
  'a file outside of the folder, by backslashes': { file: '..\\..\\stolen.proto' },
  'a file whose name has lines': { file: 'a\nglobalThis.hostile = 1\n.proto' },
  'a message whose name is code': { message: code },
  'a field whose name is code': { field: code },
}))
  test(`a descriptor set with ${what} is refused`, async t => {
    const { code, err, cwd } = await imported(t, 'a.binpb', setOf(parts))
    t.is(code, 2)
    t.regex(err, /^polywire: [^\n]*: (the file|type|field) ".+": .+\n/)
    await t.throwsAsync(access(join(cwd, 'stolen.ts')))
    await t.throwsAsync(access(join(cwd, 'deep/out/a.ts')))
  })

for (const [sentence, parts] of Object.entries({
  'type Absent: it is not declared': { type: FieldType.TYPE_MESSAGE, typeName: '.Absent' },
  'field type 99: protobuf has no such type': { type: 99 as FieldType },
}))
  test(`a descriptor set is refused with: ${sentence}`, async t => {
    const { code, err } = await imported(t, 'a.binpb', setOf(parts))
    t.is(code, 2)
    t.regex(err, new RegExp(`^polywire: [^\\n]*: ${sentence}\\n`))
  })

test('a descriptor set whose names are plain is imported', async t => {
  const { code, cwd } = await imported(t, 'a.binpb', setOf({ file: 'shop/v1/a.proto' }))
  t.is(code, 0)
  t.regex(await readFile(join(cwd, 'deep/out/shop/v1/a.ts'), 'utf8'), /class A \{\n {2}@Field\(1, string\) a = ''\n\}/)
})

test('names in the JSON of Avro that are code are refused', async t => {
  const record = { type: 'record', name: 'R', fields: [{ name: code, type: 'string' }] }
  const { code: exit, err } = await imported(t, 'a.avsc', JSON.stringify(record))
  t.is(exit, 2)
  t.regex(err, /: the fields of R: ".+" is not a name of Avro/)
})

test('no character that ends a line lets the text of a comment become code', async t => {
  const text = ['', '\n', '\r', '\r\n', '\u2028', '\u2029'].join('globalThis.hostile = 1 // */ ')
  const info = { title: text, version: text, description: text }
  const schema = { type: 'object', description: text, properties: { x: { type: 'string', description: text } } }
  const document = { openapi: '3.1.0', info, paths: {}, components: { schemas: { A: schema } } }
  const { code: exit, cwd } = await imported(t, 'a.json', JSON.stringify(document))
  t.is(exit, 0)
  const written = await readFile(join(cwd, 'deep/out/a.ts'), 'utf8')
  const lines = written.split(/[\n\r\u2028\u2029]/).filter(line => line.includes('hostile ='))
  t.true(lines.length > 10)
  t.deepEqual(
    lines.filter(line => !/^ *(\/\/|\/\*\*|\*) /.test(line)),
    [],
  )
})
