import test, { type ExecutionContext } from 'ava'
import { Sightings } from '../../matrix/contract.js'
import { type Wire, wireName } from '../../matrix/wires.js'
import { bundle } from './bundle.js'
import { edgeRuntime } from './edge.js'
import { callFetch, fetchWires } from './fetch-wires.js'
import { type Cell, Section } from './page.js'
import { runtimeNames, startIn, told } from './programs.js'
import { startWorker } from './workerd.js'

/** What a runtime does not tell of callers who leave. */
const silent = {
  Deno: 'Deno does not tell of a caller who leaves after a body that arrived in pieces: the deadline ends the work.',
  workerd: 'workerd does not tell of a caller who leaves: the deadline ends the work.',
}

const edge = "Vercel's edge runtime"
const section = new Section('fetch', ['Bun', 'Deno', 'workerd', edge])

const nameOf = (wire: Wire) =>
  wireName(wire)
    .replace(/^fetch/, 'Connect')
    .replace(/^rest/, 'REST')

async function check(t: ExecutionContext, column: string, port: number, sightings: Sightings): Promise<void> {
  const lack = (silent as Readonly<Record<string, string | undefined>>)[column]
  const failed: Record<string, unknown> = {}
  for (const wire of fetchWires) {
    const lacks = lack === undefined ? wire.lacks : { ...wire.lacks, cancel: lack }
    const failures = await callFetch({ ...wire, lacks }, port, sightings)
    if (Object.keys(failures).length > 0) failed[nameOf(wire)] = failures
    section.found(nameOf(wire), column, { answer: 'yes', note: lack })
  }
  t.deepEqual(failed, {})
}

for (const runtime of runtimeNames)
  test.serial(`${runtime} serves fetchHandler`, async t => {
    const sightings = new Sightings()
    const server = startIn(t, runtime, 'fetch-server.js')
    const { port } = await told<{ port: number }>(server, 'port', sightings)
    await check(t, runtime, port, sightings)
  })

test.serial('workerd serves fetchHandler', async t => {
  const sightings = new Sightings()
  const conditions = ['polywire-development', 'workerd']
  const { code } = await bundle('fetch-server.js', { format: 'esm', platform: 'node', conditions })
  const port = await startWorker(t, { code, flags: ['nodejs_compat'], sightings })
  await check(t, 'workerd', port, sightings)
})

/** Source: https://vercel.com/docs/functions/runtimes/edge, "Compatible Node.js modules". */
const edgeModules = ['assert', 'async_hooks', 'buffer', 'events', 'util'].map(name => `node:${name}`)

test.serial("Vercel's edge runtime does not have the modules that fetchHandler needs", async t => {
  const { code, builtIns } = await bundle('fetch-server.js', { format: 'iife', platform: 'node' })
  const missing = builtIns.filter(name => !edgeModules.includes(name))
  t.true(missing.includes('node:stream'))
  const { EdgeRuntime } = edgeRuntime()
  t.throws(() => new EdgeRuntime({ initialCode: code }), {
    any: true,
    message: /require of "node:\w+" is not supported/,
  })
  const note = `It lacks ${missing.join(', ')}.\n   Choose Vercel's Node.js runtime.`
  const cell: Cell = { answer: 'no', note }
  for (const wire of fetchWires) section.found(nameOf(wire), edge, cell)
})

test.serial('docs/reference/runtimes.md says what was found of fetchHandler', async t => {
  t.is(await section.update(), 'current', 'docs/reference/runtimes.md was stale and has been rewritten: commit it')
})
