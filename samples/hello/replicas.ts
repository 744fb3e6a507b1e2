import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Endpoint } from 'polywire'

export interface ReplicaPlan {
  readonly name: string
  readonly weight: number
  /** Milliseconds that each greeting takes. */
  readonly delay: number
}

export interface RunningReplica {
  readonly plan: ReplicaPlan
  readonly process: ChildProcess
  readonly endpoint: Endpoint
}

export async function startReplica(plan: ReplicaPlan): Promise<RunningReplica> {
  const process = fork(new URL('./replica.js', import.meta.url), [plan.name, String(plan.delay)])
  const died = once(process, 'exit').then(([code]) =>
    Promise.reject(new Error(`replica ${plan.name} ended at once, exit code ${code}`)),
  )
  const [address] = (await Promise.race([once(process, 'message'), died])) as [string]
  died.catch(() => {})
  return { plan, process, endpoint: { address, weight: plan.weight } }
}

export async function stopReplicas(replicas: readonly RunningReplica[]): Promise<void> {
  await Promise.all(
    replicas.map(async ({ process }) => {
      if (process.exitCode !== null || process.signalCode !== null) return
      process.kill('SIGTERM')
      await once(process, 'exit')
    }),
  )
}
