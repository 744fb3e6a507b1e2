import { GCProfiler, getHeapStatistics } from 'node:v8'
import type { ExecutionContext } from 'ava'

/**
 * One input may take up to this many times as long as its four quarters, which is eight times as long as each. Quadratic work takes four times
 * as long. Four quarters, so that both cost the garbage collector the same.
 */
const most = 2
/** Milliseconds of CPU below which nothing is compared: quadratic work on the larger size takes seconds. */
const negligible = 15
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
  const [part, whole] = [inputOf(smaller), inputOf(larger)]
  let much = cpuOf(() => work(whole))
  // Until it has been measured the smaller is taken for free, so that it is.
  let little = 0
  const isLinear = () => much <= negligible || much < most * little
  for (let left = much > 1000 ? 2 : 8; left > 0 && !isLinear(); left--) {
    const again = cpuOf(() => fourTimes(part, work))
    little = little === 0 ? again : Math.min(little, again)
    much = Math.min(
      much,
      cpuOf(() => work(whole)),
    )
  }
  if (!isLinear())
    throw new Error(`${name}: ${larger} bytes take ${much} ms, four times a quarter of them ${little} ms`)
  t.pass()
}

function fourTimes<T>(input: T, work: (input: T) => void): void {
  for (let time = 0; time < 4; time++) work(input)
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
