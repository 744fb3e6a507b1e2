import type { Load, Sample } from './contender.js'
import { UsageMeter } from './usage-meter.js'

/**
 * A closed loop: as many callers as calls in flight, each of which makes its next call when it has its reply. A call that fails ends the
 * measurement with its error, since a figure with failures in it says nothing.
 *
 * @param atStart runs when the warm-up is over, so that a server can be measured over the same time
 */
export async function measure(
  call: () => Promise<unknown>,
  load: Load,
  atStart: () => Promise<void> = async () => {},
): Promise<Sample> {
  let latencies: number[] | undefined
  let isOver = false
  const caller = async (): Promise<void> => {
    while (!isOver) {
      const start = performance.now()
      await call()
      latencies?.push(performance.now() - start)
    }
  }
  const callers = Promise.all(Array.from({ length: load.inFlight }, caller))
  const timeline = async (): Promise<Sample> => {
    await elapse(load.warmUp)
    await atStart()
    const meter = new UsageMeter()
    const start = performance.now()
    const counted: number[] = []
    latencies = counted
    await elapse(load.duration)
    // On a machine that is busy with other work, a turn lasts until every caller could have had one reply.
    while (counted.length < load.inFlight) await elapse(load.duration / 10)
    latencies = undefined
    const elapsed = performance.now() - start
    const usage = meter.read()
    const sorted = Float64Array.from(counted).sort()
    return { calls: sorted.length, elapsed, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), usage }
  }
  try {
    return await Promise.race([timeline(), callers.then(() => never)])
  } finally {
    isOver = true
    await callers.catch(() => {})
  }
}

const never = new Promise<never>(() => {})

function elapse(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}
