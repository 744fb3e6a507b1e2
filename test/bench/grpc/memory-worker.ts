// A contender's process whose memory can be asked for: node --expose-gc memory-worker.js <module> <variant> [<address>]. With an address it is
// a client, and makes as many calls as it is sent. It ends with its parent.
import type { ContenderModule } from '../harness/contender.js'
import { held } from './echo.js'

/** Bytes. */
export interface Memory {
  readonly resident: number
  readonly heap: number
  /** Of the heap, and of buffers outside of it. */
  readonly used: number
  /** The calls that this server holds. */
  readonly held: number
}

const [, , module, variant = '', address] = process.argv

if (process.send !== undefined && module !== undefined) {
  process.once('disconnect', () => process.exit())
  const contender = (await import(module)) as ContenderModule
  const call = address === undefined ? undefined : await contender.connect(address, variant)
  if (call !== undefined && typeof call !== 'function')
    throw new Error('a client in another language has no heap to ask for')
  process.on('message', ({ calls = 0 }: { readonly calls?: number }) => {
    for (let i = 0; i < calls; i++) void call?.()
    void read().then(memory => process.send?.(memory))
  })
  process.send(call === undefined ? await contender.listen(variant) : 'connected')
}

/** Collected twice, with a pause for what the first one leaves to finalizers. */
async function read(): Promise<Memory> {
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.()
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { resident: rss, heap: heapUsed, used: heapUsed + external, held: held.calls }
}
