import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { Sightings } from '../../matrix/contract.js'
import { start, told } from './programs.js'

export const workerd = '@cloudflare/workerd-linux-64/bin/workerd'

/** A worker that may call this machine too. */
function config(flags: readonly string[]): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-01-01",
  compatibilityFlags = ${JSON.stringify(flags)},
);
`
}

/** Runs a worker until the test ends. @returns its port */
export async function startWorker(
  t: ExecutionContext,
  { code, flags, sightings }: { code: string; flags: readonly string[]; sightings?: Sightings },
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-workerd-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'worker.js'), code)
  await writeFile(join(folder, 'worker.capnp'), config(flags))
  const child = start(t, workerd, ['serve', join(folder, 'worker.capnp'), '--control-fd=1'])
  return (await told<{ port: number }>(child, 'port', sightings)).port
}
