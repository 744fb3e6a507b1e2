import { readdir, readFile } from 'node:fs/promises'
import test from 'ava'
import { defaultLimits } from '../../src/index.js'

const root = new URL('../../../', import.meta.url)
const page = await readFile(new URL('docs/reference/security.md', root), 'utf8')
/** By row: what bounds it, and the test that holds it. */
const rows = [...page.matchAll(/^\| (?!a stranger |---).* \| (.*) \| `(.*)` \|$/gm)].map(
  ([, bound = '', file = '']) => ({
    bound,
    file,
  }),
)

test('every row of the threat model names a test that is there, and every attack is in a row', async t => {
  const files = (await readdir(new URL('test/attack/', root))).filter(name => name.endsWith('.test.ts'))
  t.deepEqual([...new Set(rows.map(({ file }) => file))].sort(), files.sort())
})

test('the limits that it names are limits', t => {
  const names = rows.flatMap(({ bound }) => [...bound.matchAll(/`(\w+)`/g)].map(([, name]) => name as string))
  t.true(names.length > 10)
  t.deepEqual(
    names.filter(name => !(name in defaultLimits)),
    [],
  )
})
