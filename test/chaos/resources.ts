import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Sockets that are open or being opened in this thread. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter(resource => /^TCP/.test(resource)).length
}

/** Bytes of the heap that are in use, once what can go has gone. */
export async function heapInUse(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let round = 0; round < 3; round++) {
    collect()
    await wait(20)
  }
  return process.memoryUsage().heapUsed
}
