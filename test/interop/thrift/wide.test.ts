import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { connect, disconnect, Service, serve } from '../../../src/index.js'
import { Content, Defaults, Gone, Ids, Keyed, Late, Point, Tier, Wide } from '../../fixtures/idl/generated/wide.js'

// What only Thrift has, against Apache Thrift's Python library: the classes are those that `polywire import` writes of wide.thrift.

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../..', import.meta.url))
const peer = join(root, 'test/interop/thrift/wide.py')
const generated = mkdtempSync(join(tmpdir(), 'polywire-wide-'))
const protocols = ['binary', 'compact'] as const

test.before(() =>
  run('thrift', ['-allow-neg-keys', '--gen', 'py', '-out', generated, join(root, 'test/fixtures/idl/wide.thrift')]),
)
test.after.always(() => rmSync(generated, { recursive: true }))

@Service()
class WideService extends Wide {
  override async ids(request: Ids): Promise<Ids> {
    return request
  }

  override async pick(which: number, text: string): Promise<string> {
    if (which === 4) throw Gone.of('', { why: text })
    if (which === -2) throw Late.of('', { by: 7 })
    return text
  }

  override async keyed(request: Keyed): Promise<Keyed> {
    return request
  }

  override async defaults(request: Defaults): Promise<Defaults> {
    return request
  }

  override async buy(sku: string, count: number, tier: Tier, notes: string[], at: Point): Promise<string> {
    return `${sku} ${count} ${tier} ${notes.join()} ${at.x}`
  }

  override async late(count: number, sku: string): Promise<string> {
    return `${count} ${sku}`
  }
}

const point = (values: Partial<Point>) => Object.assign(new Point(), values)
const content = (value: NonNullable<Content['value']>) => Object.assign(new Content(), { value })

function keyed(): Keyed[] {
  const points = new Set([point({ x: 1 }), point({ x: 1, name: '' }), point({ x: 2, constructor_: 7 })])
  const labels = new Map([
    [point({ x: 1 }), 'a'],
    [point({ x: 1, name: 'b' }), 'c'],
  ])
  const tiers = new Map([
    [Tier.PRO, points],
    [Tier.FREE, new Set<Point>()],
  ])
  return [
    content({ case: 'lines', value: [] }),
    content({ case: 'points', value: points }),
    content({ case: 'series', value: new Map([['s', [0.5]]]) }),
    content({ case: 'point', value: point({ x: 2 }) }),
    content({ case: 'parts', value: [content({ case: 'lines', value: ['a'] })] }),
  ].map(one => Object.assign(new Keyed(), { labels, points, tiers, content: one }))
}

for (const protocol of protocols) {
  test(`a Python client calls our class: ${protocol}`, async t => {
    const server = await serve([WideService], { host: '127.0.0.1', protocols: ['thrift'], report: () => {} })
    t.teardown(() => server.close())
    const { stdout } = await run('/usr/bin/python3', [peer, generated, 'client', protocol, String(server.port)])
    t.is(stdout, 'ok\n')
  })

  test(`our proxy calls a Python server: ${protocol}`, async t => {
    const wide = connect(
      Wide,
      `thrift://127.0.0.1:${await pythonServer(t, protocol)}?codec=${protocol}&transport=framed`,
    )
    t.teardown(() => disconnect(wide))
    const ids = Object.assign(new Ids(), {
      first: true,
      second: 'x',
      zero: true,
      reserved: -5,
      third: false,
      last: [1, 2],
    })
    t.deepEqual(await wide.ids(ids), ids)
    t.is(await wide.pick(0, 'plain'), 'plain')
    const gone = await t.throwsAsync(wide.pick(4, 'away'), { instanceOf: Gone })
    t.is(gone?.why, 'away')
    const late = await t.throwsAsync(wide.pick(-2, ''), { instanceOf: Late })
    t.is(late?.by, 7)
    for (const one of keyed()) t.true(isDeepStrictEqual(await wide.keyed(one), one), one.content?.value?.case)
    t.deepEqual(await wide.defaults(new Defaults()), new Defaults())
    t.is(await wide.buy('pen', 1, Tier.FREE, [], point({})), 'pen 1 0  0')
    t.is(await wide.buy('pen'), 'pen 3 5 n 2')
    t.is(await wide.late(undefined, 'pen'), '3 pen')
  })
}

async function pythonServer(t: ExecutionContext, protocol: string): Promise<number> {
  const server = spawn('/usr/bin/python3', [peer, generated, 'server', protocol], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.teardown(() => server.kill())
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  return Number(line.toString())
}
