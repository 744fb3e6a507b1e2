import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { connect, disconnect, Service, serve } from '../../../src/index.js'
import { Gone, Ids, Late, Wide } from '../../fixtures/idl/generated/wide.js'

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
