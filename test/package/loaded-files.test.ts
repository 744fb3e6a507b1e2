import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test from 'ava'
import { root } from './installed.js'

/** A built file and all that it imports of the package when it is loaded. */
async function loadedBy(file: string, loaded = new Set<string>()): Promise<ReadonlySet<string>> {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  const text = await readFile(file, 'utf8')
  for (const [, path] of text.matchAll(/^(?:import|export|\})[^'"\n]*?["'](\.{1,2}\/[^"']+)["'];?$/gm))
    if (path !== undefined) await loadedBy(join(dirname(file), path), loaded)
  return loaded
}

/** Twice as many are there if small chunks are not merged. One more costs an import as much as compiling 40 KB. */
const most = 15

test('import polywire reads few files', async t => {
  const files = await loadedBy(join(root, 'dist/index.js'))
  t.true(files.size > 1, 'the imports of the entry are found')
  t.true(files.size <= most, [...files].join('\n'))
})

test('what is loaded late shares no file with the rest, of which a loader could make a second copy', async t => {
  const undici = join(root, 'dist/undici.js')
  t.deepEqual([...(await loadedBy(undici))], [undici])
  t.false((await loadedBy(join(root, 'dist/index.js'))).has(undici))
  const { Client } = (await import(undici)) as typeof import('undici')
  const client = new Client('http://127.0.0.1:1')
  t.is(typeof client.dispatch, 'function')
  await client.close()
})
