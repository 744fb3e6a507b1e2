import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { BuildOptions } from 'esbuild'
import { Sightings } from '../../matrix/contract.js'
import { bundle, forPages } from './bundle.js'
import { controlServer } from './control.js'
import { edgeRuntime } from './edge.js'
import { Section } from './page.js'
import { runtimeNames, startIn, told } from './programs.js'
import { serveEverywhere } from './serving.js'
import type { callFromWeb, WebPlaces } from './web-calls.js'
import { startWorker } from './workerd.js'

type Found = Awaited<ReturnType<typeof callFromWeb>>

const edge = "Vercel's edge runtime"
const section = new Section('web', [...runtimeNames, 'workerd', edge])
/** Neither is given modules of Node. */
const page: BuildOptions = { platform: 'browser', plugins: [forPages] }

async function serverOf(t: ExecutionContext): Promise<WebPlaces> {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-web-'))
  const sightings = new Sightings()
  const { places, close } = await serveEverywhere(folder, sightings)
  const control = await controlServer(sightings)
  t.teardown(async () => {
    control.close()
    await close()
    await rm(folder, { recursive: true })
  })
  return { server: `http://${places.TCP}`, control: control.url }
}

function check(t: ExecutionContext, column: string, found: Found): void {
  t.is(Object.keys(found).length, 4)
  for (const [way, failures] of Object.entries(found)) {
    t.deepEqual(failures, {}, way)
    section.found(way, column, { answer: 'yes' })
  }
}

for (const runtime of runtimeNames)
  test.serial(`polywire/web calls from ${runtime}`, async t => {
    const client = startIn(t, runtime, 'web-client.js', JSON.stringify(await serverOf(t)))
    check(t, runtime, (await told<{ found: Found }>(client, 'found')).found)
  })

test.serial('polywire/web calls from workerd without nodejs_compat', async t => {
  const places = await serverOf(t)
  const { code, builtIns } = await bundle('web-worker.js', { ...page, format: 'esm' })
  t.deepEqual(builtIns, [])
  const port = await startWorker(t, { code, flags: [] })
  const reply = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: JSON.stringify(places) })
  check(t, 'workerd', (await reply.json()) as Found)
})

test.serial("polywire/web calls from Vercel's edge runtime", async t => {
  const places = await serverOf(t)
  const { code } = await bundle('web-edge.js', { ...page, format: 'iife' })
  const { EdgeRuntime } = edgeRuntime()
  const runtime = new EdgeRuntime({ initialCode: code })
  const answer = await runtime.evaluate<Promise<string>>(`callFromWeb(${JSON.stringify(places)})`)
  check(t, edge, JSON.parse(answer) as Found)
})

test.serial('docs/reference/runtimes.md says what was found of polywire/web', async t => {
  t.is(await section.update(), 'current', 'docs/reference/runtimes.md was stale and has been rewritten: commit it')
})
