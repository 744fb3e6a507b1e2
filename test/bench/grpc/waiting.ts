import type { WorkerProcess } from '../harness/processes.js'
import type { Report } from '../harness/report.js'
import { type Memory, memoryWorker } from './memory.js'

const calls = 4000
const rounds = 5

interface Round {
  /** Bytes. */
  readonly clientHeap: number
  readonly serverHeap: number
}

/** What a process keeps on its heap for each unary call that waits for its reply, all of them on one connection. */
export async function waitingCalls(report: Report): Promise<void> {
  const each = async (name: string, module: string) => {
    const heaps = await report.attempt(`${name}, waiting calls`, () => heapEach(module))
    return heaps === undefined ? [] : [{ name, rounds: heaps }]
  }
  report.add(
    {
      id: 'grpc.waiting',
      title: `gRPC, heap for each of ${calls} unary calls that wait`,
      reference: 'grpc-js',
    },
    // Both at a time: memory does not depend on how fast a process is.
    (await Promise.all([each('polywire grpc', 'polywire'), each('grpc-js', 'grpc-js')])).flat(),
  )
}

async function heapEach(module: string): Promise<Round[]> {
  const server = memoryWorker(module, ['held'])
  let client: WorkerProcess | undefined
  try {
    client = memoryWorker(module, ['held', (await server.receive()) as string])
    await client.receive()
    // What both sides compile and keep because of their first calls does not count for later ones.
    let before = await added(client, server)
    const heaps: Round[] = []
    for (let i = 0; i < rounds; i++) {
      const after = await added(client, server)
      heaps.push({
        clientHeap: (after.client.heap - before.client.heap) / calls,
        serverHeap: (after.server.heap - before.server.heap) / calls,
      })
      before = after
    }
    return heaps
  } finally {
    client?.end()
    server.end()
  }
}

/** Adds calls, and reads what both processes have after all of them have arrived. */
async function added(client: WorkerProcess, server: WorkerProcess): Promise<{ client: Memory; server: Memory }> {
  let last = (await server.ask('read')) as Memory
  const expected = last.held + calls
  await client.ask({ calls })
  while (last.held < expected) last = (await server.ask('read')) as Memory
  return { client: (await client.ask('read')) as Memory, server: last }
}
