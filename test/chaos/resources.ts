import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What is open in this thread: sockets, servers, pipes, processes; neither timers, which test runners have too, nor what is about to end. */
export function handles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter(resource => !/^(Timeout|Immediate)|Req/.test(resource))
    .sort()
}

/** Connections that are open or being opened in this thread. */
export function connections(): number {
  return process.getActiveResourcesInfo().filter(resource => /^TCP(Socket|Connect)/.test(resource)).length
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
