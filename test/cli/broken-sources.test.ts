import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { polywire } from './cli.js'
import { folder } from './folder.js'

/** What import says of files, the first of which it reads; `file` stands for their folder. */
async function said(t: ExecutionContext, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const cwd = await folder(t)
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text)
  const [first = ''] = Object.keys(files)
  const { code, out, err } = await polywire(['import', join(cwd, first), '-o', join(cwd, 'out')])
  t.deepEqual([code, out], [2, ''], err)
  return err.replace(/\S*polywire-cli-\w+\//g, '').replace(/\n {2}to import the rest: .*/, '')
}

const openApi = (schema: string) =>
  `{"openapi":"3.1.0","info":{"title":"a","version":"1"},"paths":{},"components":{"schemas":{"T":${schema}}}}`

function nested(open: string, inner: string, close: string, depth = 3000): string {
  return open.repeat(depth) + inner + close.repeat(depth)
}

const deep: Readonly<Record<string, string>> = {
  'a.thrift': `struct T { 1: ${nested('list<', 'i32', '>')} t }`,
  'b.thrift': `const ${nested('list<', 'i32', '>')} t = ${nested('[', '1', ']')}`,
  'a.avdl': `protocol P { record T { ${nested('array<', 'int', '>')} t; } }`,
  'a.avpr': `{"protocol":"P","types":[${nested('{"type":"array","items":', '"int"', '}')}]}`,
  'a.avsc': nested('{"type":"record","name":"A","fields":[{"name":"a","type":', '"int"', '}]}'),
  'a.json': openApi(nested('{"type":"array","items":', '{"type":"string"}', '}')),
  'b.json': openApi(nested('{"allOf":[', '{"type":"object"}', ']}')),
  'a.yaml': `openapi: 3.1.0\na: ${nested('[', '1', ']')}`,
  // Never closed, and deep enough for the library to run out of stack.
  'b.yaml': '['.repeat(20_000),
  'c.yaml': '{'.repeat(20_000),
  'd.yaml': '- '.repeat(20_000),
}

for (const [name, text] of Object.entries(deep))
  test(`${name} with types or values 3,000 deep is one line`, async t => {
    t.is(await said(t, { [name]: text }), `polywire: ${name}: the file: its types or values are nested too deeply\n`)
  })

test('YAML with hundreds of thousands of mistakes is one line, at its first place', async t => {
  t.is(
    await said(t, { 'a.yaml': `openapi: 3.1.0\na: ${'"'.repeat(400_000)}` }),
    'polywire: a.yaml:2:6: its YAML: Unexpected double-quoted-scalar at node end\n',
  )
})

test('YAML that is a part of itself is one line', async t => {
  const yaml = "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\nx-a: &a\n  b: *a\n"
  t.is(await said(t, { 'a.yaml': yaml }), 'polywire: a.yaml: the file: its types or values are nested too deeply\n')
})

test('bytes that are not a descriptor set are one line with the file', async t => {
  for (const [bytes, why] of [
    [[], 'it has no files'],
    [[0x0a, 0x0b, 0x0a], 'file[0]: a length of 11 bytes, but only 1 follow'],
    [Array<number>(100).fill(0), 'google.protobuf.FileDescriptorSet: field number 0'],
  ] as const)
    t.regex(
      await said(t, { 'a.binpb': Uint8Array.from(bytes) }),
      new RegExp(`^polywire: a\\.binpb: the descriptor set: ${why.replace(/[[\].]/g, '\\$&')}\\n$`),
    )
})

test('a message that quotes its source is one short line, without control characters', async t => {
  const long = await said(t, { 'a.avdl': 'a'.repeat(1_000_000) })
  t.regex(long, /^polywire: a\.avdl:1:0: avsc: invalid token .{300,500}\.\.\.\n$/)
  t.regex(await said(t, { 'a.avsc': '// x\n// y' }), /^polywire: a\.avsc: its JSON: .*\/\/ x \/\/ y.*\n$/)
  t.notRegex(await said(t, { 'a.avpr': '\x1b[2J\x07' }), /[^\P{Cc}\n]/u)
})

test('a comment of .thrift that does not end, with which its compiler never ends, is one line', async t => {
  const text = 'const string A = "/*" // /*\n# /*\n/* a */ struct B {}\n  /* c *\n'
  t.is(
    await said(t, { 'a.thrift': text }),
    'polywire: a.thrift:4: the file: the comment that begins here does not end\n',
  )
  const files = { 'a.thrift': 'include "b.thrift"\n', 'b.thrift': '/*/' }
  t.regex(await said(t, files), /b\.thrift:1: the file: the comment that begins here does not end\n$/)
})

test('types of an .avdl that avsc cannot read for their depth are one line', async t => {
  const err = await said(t, {
    'a.avdl': `protocol P { record R { ${'array<'.repeat(100_000)}int${'>'.repeat(100_000)} a; } }`,
  })
  t.is(err, 'polywire: a.avdl: avsc: its types are nested too deeply\n')
})

test('a fault of an imported .avdl has the place in that file', async t => {
  const importing = (kind: string, name: string) => `protocol A {\n  import ${kind} "${name}";\n}`
  t.regex(
    await said(t, { 'a.avdl': importing('idl', 'b.avdl'), 'b.avdl': 'protocol B {\n  record R { string }\n}' }),
    /^polywire: b\.avdl:2:\d+: avsc: invalid token /,
  )
  t.is(
    await said(t, { 'a.avdl': importing('idl', 'no.avdl') }),
    'polywire: a.avdl: import "no.avdl": it cannot be read: ENOENT\n',
  )
  t.regex(
    await said(t, { 'a.avdl': importing('schema', 'b.avsc'), 'b.avsc': '{"type":' }),
    /^polywire: b\.avsc: avsc: /,
  )
})

test('.avdl files that import each other are read once', async t => {
  const cwd = await folder(t)
  await writeFile(join(cwd, 'a.avdl'), 'protocol A {\n  import idl "b.avdl";\n  record R { string id; }\n}')
  await writeFile(join(cwd, 'b.avdl'), 'protocol B {\n  import idl "a.avdl";\n  record S { string id; }\n}')
  const { code, err } = await polywire(['import', join(cwd, 'a.avdl'), '-o', join(cwd, 'out'), '-q'])
  t.deepEqual([code, err], [0, ''])
})

test('JSON may begin with a byte order mark', async t => {
  const cwd = await folder(t)
  for (const [name, text] of [
    ['a.avsc', '{"type":"record","name":"A","fields":[]}'],
    ['a.lock.json', '{"schema":"polywire.lock/1","services":{},"messages":{},"enums":{}}'],
  ] as const) {
    await writeFile(join(cwd, name), `\uFEFF${text}`)
    const { code, err } = await polywire(['import', join(cwd, name), '-o', join(cwd, 'out'), '-q'])
    t.deepEqual([code, err], [0, ''])
  }
})
