import { readdir, readFile } from 'node:fs/promises'
import test from 'ava'
import { reasons, type Side } from '../../src/core/reasons.js'

const root = new URL('../../../', import.meta.url)

interface Row {
  readonly reason: string
  readonly codes: string
  readonly wires: string
}

interface Entry {
  readonly codes: readonly string[]
  readonly wires?: readonly string[]
}

const table = Object.entries(reasons) as [string, { readonly [S in Side]?: Entry }][]
const titles = { start: 'At start-up', caller: 'At the caller', server: 'At the server' } as const
const wireNames: Readonly<Record<string, string>> = {
  grpc: 'gRPC',
  http: 'HTTP',
  thrift: 'Thrift',
  avro: 'Avro',
  memory: 'memory',
}

/** Phrases, such as `HTTP status`, are not names of codes. */
function shownCode(code: string): string {
  return /^[a-z_]+$/.test(code) ? `\`${code}\`` : code
}

function rowsOf(side: Side): Row[] {
  return table
    .flatMap(([reason, sides]) => {
      const entry = sides[side]
      if (entry === undefined) return []
      const codes = side === 'start' ? '' : entry.codes.map(shownCode).join(', ')
      return [{ reason, codes, wires: (entry.wires ?? []).map(wire => wireNames[wire]).join(', ') }]
    })
    .sort(byReason)
}

function byReason(one: Row, other: Row): number {
  return one.reason < other.reason ? -1 : 1
}

async function documented(side: Side): Promise<Row[]> {
  const page = await readFile(new URL('docs/reference/errors.md', root), 'utf8')
  const section = page.split(/^## /m).find(part => part.startsWith(titles[side])) ?? ''
  return [...section.matchAll(/^\| `([a-z0-9_]+)` \|(.*)\|$/gm)].map(([, reason = '', rest = '']) => {
    const cells = rest.split('|').map(cell => cell.trim())
    return side === 'start'
      ? { reason, codes: '', wires: '' }
      : { reason, codes: cells[0] ?? '', wires: cells[1] ?? '' }
  })
}

async function sources(folder: string): Promise<[string, string][]> {
  const names = await readdir(new URL(folder, root), { recursive: true })
  return Promise.all(
    names
      .map(name => name.replaceAll('\\', '/'))
      .filter(name => name.endsWith('.ts'))
      .map(async name => [name, await readFile(new URL(`${folder}/${name}`, root), 'utf8')] as [string, string]),
  )
}

for (const side of ['start', 'caller', 'server'] as const) {
  test(`docs/reference/errors.md, ${titles[side]}: reasons, codes and wires are those of the code, in order`, async t => {
    t.deepEqual(await documented(side), rowsOf(side))
  })
}

test('every reason of the table is raised', async t => {
  const code = (await sources('src')).filter(([name]) => name !== 'core/reasons.ts').map(([, text]) => text)
  t.deepEqual(
    table.map(([reason]) => reason).filter(reason => !code.some(text => text.includes(`'${reason}'`))),
    [],
  )
})

test('every reason in src is checked by the compiler', async t => {
  // `RpcErrorOptions` takes any text, since reasons of applications are free. `failure`, `refusal`, `misuse` and `Fault` do not.
  const free = (await sources('src')).flatMap(([name, text]) =>
    [...text.matchAll(/\breason: ['"`](?!.*satisfies Reason).*/g)].map(([found]) => `${name}: ${found}`),
  )
  t.deepEqual(free, [])
})

/** Reasons by the functions that raise them for all protocols. */
function shared(text: string): [string, string][] {
  return text.split(/^export function /m).flatMap(body => {
    const name = /^\w+/.exec(body)?.[0] ?? ''
    return raisedIn(body).map((reason): [string, string] => [name, reason])
  })
}

/** The first argument of `failure`, or of a function that calls it. */
function raisedIn(text: string): string[] {
  return [...text.matchAll(/\b\w+\(\s*'([a-z0-9_]+)'/g)]
    .map(match => match[1] as string)
    .filter(reason => Object.hasOwn(reasons, reason))
}

test('the wires of a reason are those whose folders raise it', async t => {
  const files = await sources('src')
  const functions = files
    .filter(([name]) => /^(protocols\/[^/]+|core\/limits)\.ts$/.test(name))
    .flatMap(([, text]) => shared(text))
    // Of codecs/compression.ts, which is called as a method.
    .concat([['decompress', 'malformed_encoding']])
  const raisedBy = (folder: RegExp) => {
    const texts = files.filter(([name]) => folder.test(name)).map(([, text]) => text)
    const called = functions.filter(([name]) =>
      texts.some(text => new RegExp(`\\b${name}\\(|: ${name},|, ${name}\\)`).test(text)),
    )
    return new Set([...texts.flatMap(raisedIn), ...called.map(([, reason]) => reason)])
  }
  const wires = Object.keys(wireNames).map(wire => [wire, raisedBy(new RegExp(`^protocols/${wire}/`))] as const)
  // Folders that several protocols are built on.
  const common = raisedBy(new RegExp(`^protocols/(?!(${Object.keys(wireNames).join('|')})/)[^/]+/`))
  const wrong = table.flatMap(([reason, sides]) => {
    const listed = Object.values(sides).map(({ wires }) => wires)
    if (listed.includes(undefined)) return []
    return wires
      .filter(([wire, raised]) => {
        const isListed = listed.some(names => names?.includes(wire))
        return isListed ? !raised.has(reason) && !common.has(reason) : raised.has(reason)
      })
      .map(([wire]) => `${reason}: ${wire}`)
  })
  t.deepEqual(wrong, [])
})

test('every reason that src asks for is in the table', async t => {
  const asked = (await sources('src')).flatMap(([, text]) =>
    [...text.matchAll(/\.reason [!=]== '([a-z0-9_]+)'/g)].map(match => match[1] as string),
  )
  t.true(asked.length > 5)
  t.deepEqual(
    asked.filter(reason => !Object.hasOwn(reasons, reason)),
    [],
  )
})

test('every mistake at start-up is raised in a test', async t => {
  const tests = (await sources('test')).map(([, text]) => text).join('\n')
  t.deepEqual(
    rowsOf('start')
      .map(({ reason }) => reason)
      .filter(reason => !tests.includes(`'${reason}'`)),
    [],
  )
})
