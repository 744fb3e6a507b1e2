// A contender's server whose memory can be asked for: node --expose-gc idle-server.js <module>. It ends with its parent.
import type { ContenderModule } from '../harness/contender.js'

/** Bytes. */
export interface Memory {
  readonly resident: number
  /** Of the heap, and of buffers outside of it. */
  readonly used: number
}

if (process.send !== undefined && process.argv[2] !== undefined) {
  process.once('disconnect', () => process.exit())
  const contender = (await import(process.argv[2])) as ContenderModule
  process.on('message', () => void read().then(memory => process.send?.(memory)))
  process.send(await contender.listen('unary'))
}

/** Collected twice, with a pause for what the first one leaves to finalizers. */
async function read(): Promise<Memory> {
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.()
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { resident: rss, used: heapUsed + external }
}
