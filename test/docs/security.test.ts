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

/** Whether attacks stand in it, and not only the names of files in which they do. */
const hasAttacks = (text: string) =>
  /export const shapes\b/.test(text) || (/^ *test(\.serial)?\(/m.test(text) && !/import \{ shapes\b/.test(text))

test('every row of the threat model names a file of attacks, and every such file is in a row', async t => {
  const folder = new URL('test/attack/', root)
  const files = (await readdir(folder)).filter(name => name.endsWith('.ts'))
  const texts = await Promise.all(files.map(name => readFile(new URL(name, folder), 'utf8')))
  t.deepEqual(
    [...new Set(rows.map(({ file }) => file))].sort(),
    files.filter((_, index) => hasAttacks(texts[index] as string)).sort(),
  )
})

test('the limits that it names are limits', t => {
  const names = rows.flatMap(({ bound }) => [...bound.matchAll(/`(\w+)`/g)].map(([, name]) => name as string))
  t.true(names.length > 10)
  t.deepEqual(
    names.filter(name => !(name in defaultLimits)),
    [],
  )
})
