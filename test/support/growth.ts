import { GCProfiler, getHeapStatistics } from 'node:v8'
import type { ExecutionContext } from 'ava'

/** Four times the input may take up to this many times as long. Quadratic work takes 16 times. */
const most = 8
/** Milliseconds of CPU below which nothing is compared: quadratic work on the larger size takes seconds. */
const negligible = 5
const [smaller, larger] = [16 * 1024, 64 * 1024]

/**
 * Asserts that work on hostile input grows as its input does, from 16 to 64 KiB of it. CPU time is compared, the best of several runs, so that
 * a busy machine changes nothing.
 * @param name of the shape, for the failure
 */
export function linear<T>(
  t: ExecutionContext,
  name: string,
  { inputOf, work }: { inputOf(size: number): T; work(input: T): void },
): void {
  const input = inputOf(larger)
  let much = cpuOf(() => work(input))
  let little = Number.POSITIVE_INFINITY
  for (let attempt = much > 1000 ? 6 : 0; attempt < 8 && much > negligible && much >= most * little; attempt++) {
    const part = inputOf(smaller)
    little = Math.min(
      little,
      cpuOf(() => work(part)),
    )
    much = Math.min(
      much,
      cpuOf(() => work(input)),
    )
  }
  if (much > negligible && much >= most * little)
    throw new Error(`${name}: ${larger} bytes take ${much} ms, a quarter of them ${little} ms`)
  t.pass()
}

/** Milliseconds of CPU. */
export function cpuOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Bytes that the work allocates in V8's heap, whatever becomes of them. */
export function allocationsOf(work: () => void): number {
  const profiler = new GCProfiler()
  let used = getHeapStatistics().used_heap_size
  let allocated = 0
  profiler.start()
  work()
  const end = getHeapStatistics().used_heap_size
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    allocated += beforeGC.heapStatistics.usedHeapSize - used
    used = afterGC.heapStatistics.usedHeapSize
  }
  return allocated + end - used
}
