import { readdir, readFile } from 'node:fs/promises'
import test from 'ava'

const root = new URL('../../../', import.meta.url)

/** Of src/ all but the HTTP/2 engine, which knows nothing of RPC and its errors. */
async function sources(folder: string): Promise<string[]> {
  const names = await readdir(new URL(folder, root), { recursive: true })
  return Promise.all(
    names
      .filter(name => name.endsWith('.ts') && !name.startsWith('http2/'))
      .map(name => readFile(new URL(`${folder}/${name}`, root), 'utf8')),
  )
}

/** What only looks like a reason: names of method kinds. */
const others = new Set(['server_streaming', 'client_streaming', 'bidi_streaming'])

/** A reason stands in `misuse('it', ...)`, `reason: 'it'`, or last in a call of a helper that makes the error. */
function reasonsIn(source: string): string[] {
  const forms = /misuse\(\s*'([a-z0-9_]+)'|\breason: '([a-z0-9_]+)'|'([a-z0-9]+(?:_[a-z0-9]+)+)',?\s*\)/g
  return [...source.matchAll(forms)]
    .map(match => match[1] ?? match[2] ?? (match[3] as string))
    .filter(reason => !others.has(reason))
}

async function documented(section = ''): Promise<string[]> {
  const text = await readFile(new URL('docs/reference/errors.md', root), 'utf8')
  const page = text
    .split(/^## /m)
    .filter(part => part.startsWith(section))
    .join('\n')
  return [...page.matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map(match => match[1] as string)
}

test('every reason in the code is documented, and every documented one is in the code', async t => {
  const inCode = new Set((await sources('src')).flatMap(reasonsIn))
  const onPage = await documented()
  t.is(new Set(onPage).size, onPage.length, 'each once')
  t.deepEqual([...inCode].filter(reason => !onPage.includes(reason)).sort(), [], 'not documented')
  t.deepEqual(onPage.filter(reason => !inCode.has(reason)).sort(), [], 'not in the code')
})

test('every error of start-up is raised in a test; those of calls cross a wire, which carries code and message only', async t => {
  const tests = (await sources('test')).join('\n')
  const untested = (await documented('At start-up')).filter(reason => !tests.includes(`'${reason}'`))
  t.deepEqual(untested, [])
})

test('a reason is found in each of its forms', t => {
  const source = "misuse(\n  'a_b', x) ; { reason: 'c_d' } ; unimplemented(`text`, 'e_f') ; kind === 'unary' ; ['g_h']"
  t.deepEqual(reasonsIn(source), ['a_b', 'c_d', 'e_f'])
})
