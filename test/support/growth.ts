import { GCProfiler, getHeapStatistics } from 'node:v8'
import type { ExecutionContext } from 'ava'

/**
 * One input may take up to this many times as long as its four quarters, which is eight times as long as each. Quadratic work takes four times
 * as long. Four quarters, so that both cost the garbage collector the same.
 */
const most = 2
/** Milliseconds of CPU below which nothing is compared: quadratic work on the larger size takes seconds. */
const negligible = 15
/**
 * Bytes of the larger input. Where the first looks worse than linear, the next decides: the machine's noise is a smaller part of a longer run,
 * and work that is quadratic looks worse there.
 */
const sizes = [64 * 1024, 256 * 1024]
/** Milliseconds of CPU after which few repetitions are enough. */
const long = 1000

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
  const failures: string[] = []
  for (const size of sizes) {
    const { whole, quarters } = compared(inputOf(size), inputOf(size / 4), work)
    if (isLinear(whole, quarters)) {
      t.pass()
      return
    }
    failures.push(`${size} bytes take ${whole} ms, four times a quarter of them ${quarters} ms`)
    if (whole > long) break
  }
  throw new Error(`${name}: ${failures.join('; ')}`)
}

/** The least CPU time of several runs, in milliseconds. Ends as soon as they show linear work. */
function compared<T>(input: T, quarter: T, work: (input: T) => void): { whole: number; quarters: number } {
  let whole = cpuOf(() => work(input))
  let quarters = Number.POSITIVE_INFINITY
  if (whole <= negligible) return { whole, quarters }
  for (let left = whole > long ? 2 : 8; left > 0; left--) {
    quarters = Math.min(
      quarters,
      cpuOf(() => fourTimes(quarter, work)),
    )
    if (isLinear(whole, quarters)) break
    whole = Math.min(
      whole,
      cpuOf(() => work(input)),
    )
  }
  return { whole, quarters }
}

function isLinear(whole: number, quarters: number): boolean {
  return whole <= negligible || whole < most * quarters
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
