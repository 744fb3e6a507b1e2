/** What a process holds when it has nothing to do. */
export interface Reading {
  /** Bytes of the heap and of buffers outside of it, after collection. */
  readonly heap: number
  /** What keeps the event loop alive, timers included: how many by kind. */
  readonly handles: Readonly<Record<string, number>>
}

/** Milliseconds to wait for the connections to close. */
const patience = 15_000

/** Waits until no connection is open, and collects. */
export async function takeReading(): Promise<Reading> {
  const begin = performance.now()
  while (process.getActiveResourcesInfo().includes('TCPSocketWrap') && performance.now() - begin < patience)
    await new Promise(resolve => setTimeout(resolve, 20))
  // Collected twice, with a pause for what the first one leaves to finalizers.
  global.gc?.()
  await new Promise(resolve => setTimeout(resolve, 100))
  global.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  const handles: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1
  return { heap: heapUsed + external, handles }
}
