import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Sightings } from '../../matrix/contract.js'
import { wireName } from '../../matrix/wires.js'
import { callEverywhere } from './calling.js'
import { controlServer } from './control.js'
import { Section } from './page.js'
import { type RuntimeName, runtimeNames, startIn, told } from './programs.js'
import { carriers, type Places, type Row, rows } from './rows.js'
import { serveEverywhere } from './serving.js'

type Found = Awaited<ReturnType<typeof callEverywhere>>

const columnOf = (runtime: RuntimeName, side: 'serves' | 'calls') => `${runtime} ${side}`
const section = new Section(
  'sockets',
  runtimeNames.flatMap(runtime => [columnOf(runtime, 'serves'), columnOf(runtime, 'calls')]),
)

async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-runtimes-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

function check(t: ExecutionContext, over: Row['over'], column: string, found: Found): void {
  const asked = rows.filter(row => row.over === over)
  t.deepEqual(
    Object.keys(found),
    asked.map(({ name }) => name),
  )
  const failed = Object.entries(found).filter(([, failures]) => Object.keys(failures).length > 0)
  t.deepEqual(Object.fromEntries(failed), {})
  // One line for all carriers: a failure of any of them fails the test.
  for (const { wire } of asked) section.found(wireName(wire), column, { answer: 'yes' })
}

for (const over of carriers)
  for (const runtime of runtimeNames) {
    test.serial(`${runtime} serves every wire over ${over}`, async t => {
      const sightings = new Sightings()
      const server = startIn(t, runtime, 'serve-server.js', await folderOf(t))
      const { places } = await told<{ places: Places }>(server, 'places', sightings)
      check(t, over, columnOf(runtime, 'serves'), await callEverywhere(over, places, sightings))
    })

    test.serial(`${runtime} calls over every wire by ${over}`, async t => {
      const sightings = new Sightings()
      const { places, close } = await serveEverywhere(await folderOf(t), sightings)
      const control = await controlServer(sightings)
      t.teardown(async () => {
        control.close()
        await close()
      })
      const client = startIn(t, runtime, 'client.js', JSON.stringify({ over, places, control: control.url }))
      const { found } = await told<{ found: Found }>(client, 'found')
      check(t, over, columnOf(runtime, 'calls'), found)
    })
  }

test.serial('docs/reference/runtimes.md says what was found on sockets', async t => {
  t.is(await section.update(), 'current', 'docs/reference/runtimes.md was stale and has been rewritten: commit it')
})
