import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test, { type ExecutionContext } from 'ava'
import { build } from 'esbuild'
import { connect as connectNode, disconnect, serve, withCall } from '../../src/index.js'
import { connect, json, protobuf } from '../../src/web/index.js'
import { kinds, type Rig, scenarios, sender } from '../matrix/cells.js'
import { Order, Streams, Unary, UnaryService, Workshop } from '../matrix/contract.js'
import { wires } from '../matrix/wires.js'
import { type Cells, updatePage } from './runtimes/page.js'
import { wireTargets } from './runtimes/wire-targets.js'

const root = join(import.meta.dirname, '../../..')
/** `npm run runtimes` fills it. */
const installed = process.env.POLYWIRE_RUNTIMES ?? join(root, 'node_modules/.runtimes/node_modules')

const runtimes = {
  Bun: { program: '@oven/bun-linux-x64/bin/bun', run: [] },
  Deno: { program: '@deno/linux-x64-glibc/deno', run: ['run', '--allow-all'] },
} as const
const workerd = '@cloudflare/workerd-linux-64/bin/workerd'

const cells: Cells = {}

function found(runtime: string, what: string, answer: string): void {
  cells[what] ??= {}
  cells[what][runtime] = answer
}

test.before(t => {
  for (const program of [runtimes.Bun.program, runtimes.Deno.program, workerd])
    if (!existsSync(join(installed, program))) t.fail(`${program} is missing: npm run runtimes`)
})

function started(t: ExecutionContext, program: string, args: readonly string[]): ChildProcess {
  const child = spawn(join(installed, program), args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** The first line of JSON that the program prints and that has this property. */
async function told<T>(child: ChildProcess, property: string): Promise<T> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    if (!line.startsWith('{')) continue
    const value = JSON.parse(line) as Record<string, unknown>
    if (property in value) return value as T
  }
  throw new Error(`it ended without printing ${property}`)
}

/** The rest needs the workshop in the process of the test, or is about one process. */
const remote = scenarios.filter(({ name }) => !['deadline', 'cancel', 'headers and trailers'].includes(name))

async function contractCases(t: ExecutionContext, port: number): Promise<void> {
  let keys = 0
  for (const codec of [json, protobuf]) {
    const given = { codec, messageBytes: 8_000_000 }
    const url = `http://127.0.0.1:${port}`
    const remotes = { unary: connect(Unary, url, given), streams: connect(Streams, url, given) }
    const wire = wires.find(one => one.protocol === 'http' && one.codec === codec.name)
    for (const kind of kinds.slice(0, 2)) {
      const key = () => `${codec.name}${kind}${++keys}`
      const rig = { wire, kind, workshop: new Workshop(), send: sender(kind, remotes), key } as Rig
      for (const scenario of remote) await scenario.check(t, rig, scenario.lacking?.(rig))
    }
  }
}

for (const [name, { program, run }] of Object.entries(runtimes)) {
  const args = (file: string) => [
    ...run,
    '--conditions=polywire-development',
    join(root, 'build/test/interop/runtimes', file),
  ]

  test.serial(`${name} serves fetchHandler`, async t => {
    const { port } = await told<{ port: number }>(started(t, program, args('fetch-server.js')), 'port')
    await contractCases(t, port)
    found(name, 'serves `fetchHandler`', 'yes')
  })

  test.serial(`${name} serves every wire`, async t => {
    const { port } = await told<{ port: number }>(started(t, program, args('serve-server.js')), 'port')
    for (const [wire, target] of Object.entries(wireTargets)) {
      const unary = connectNode(Unary, target(`127.0.0.1:${port}`))
      const { attempts } = await withCall(unary, { timeout: '20s' }).unary(Object.assign(new Order(), { key: wire }))
      t.is(attempts, 1, wire)
      await disconnect(unary)
      found(name, `\`serve\`: ${wire}`, 'yes')
    }
  })

  test.serial(`${name} calls over every wire`, async t => {
    const server = await serve([new UnaryService(new Workshop())], { host: '127.0.0.1', report: () => {} })
    t.teardown(() => server.close())
    const child = started(t, program, [...args('client.js'), server.address])
    const answers = await told<Record<string, string>>(child, 'gRPC')
    for (const [wire, answer] of Object.entries(answers)) {
      t.is(answer, 'yes', wire)
      found(name, `calls: ${wire}`, answer)
    }
  })
}

const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-01-01",
  compatibilityFlags = ["nodejs_compat"],
);
`

test.serial('workerd serves fetchHandler', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-workerd-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await build({
    entryPoints: [join(root, 'build/test/interop/runtimes/fetch-server.js')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['polywire-development', 'workerd'],
    external: ['class-validator'],
    outfile: join(folder, 'worker.js'),
    logLevel: 'error',
  })
  await writeFile(join(folder, 'worker.capnp'), config)
  const child = started(t, workerd, ['serve', join(folder, 'worker.capnp'), '--control-fd=1'])
  const { port } = await told<{ port: number }>(child, 'port')
  await contractCases(t, port)
  found('workerd', 'serves `fetchHandler`', 'yes')
  child.kill()
  await once(child, 'exit')
})

test.serial('docs/reference/runtimes.md says what was found', async t => {
  t.is(await updatePage(cells), 'current', 'docs/reference/runtimes.md was stale and has been rewritten: commit it')
})
