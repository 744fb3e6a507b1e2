import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { polywire } from './cli.js'
import { folder } from './folder.js'

test('a custom property called __proto__ is a property of what import writes, and sets no prototype', async t => {
  const cwd = await folder(t)
  const field = '{"name":"id","type":"string","__proto__":{"a":1}}'
  const text = `{"type":"record","name":"A","__proto__":[true],"x":{"__proto__":2},"fields":[${field}]}`
  await writeFile(join(cwd, 'a.avsc'), text)
  const { code, err } = await polywire(['import', join(cwd, 'a.avsc'), '-o', cwd, '-q'])
  t.deepEqual([code, err], [0, ''])
  const written = await readFile(join(cwd, 'a.ts'), 'utf8')
  t.deepEqual(written.match(/\S*__proto__\S*: \S+/g)?.sort(), [
    "['__proto__']: 2",
    "['__proto__']: [true],",
    "['__proto__']: {",
  ])
})
