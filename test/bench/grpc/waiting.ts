import type { WorkerProcess } from '../harness/processes.js'
import type { Report } from '../harness/report.js'
import { type Memory, memoryWorker } from './memory.js'

const calls = 5000

/** What a process keeps on its heap for each unary call that waits for its reply, all of them on one connection. */
export async function waitingCalls(report: Report): Promise<void> {
  const each = async (name: string, module: string) => {
    const heap = await report.attempt(`${name}, waiting calls`, () => heapEach(module))
    return heap === undefined ? [] : [{ name, rounds: [heap] }]
  }
  report.add(
    {
      id: 'grpc.waiting',
      title: `gRPC, heap for each of ${calls} unary calls that wait`,
      reference: 'grpc-js',
    },
    [...(await each('polywire grpc', 'polywire')), ...(await each('grpc-js', 'grpc-js'))],
  )
}

async function heapEach(module: string): Promise<{ clientHeap: number; serverHeap: number }> {
  const server = memoryWorker(module, ['held'])
  let client: WorkerProcess | undefined
  try {
    client = memoryWorker(module, ['held', (await server.receive()) as string])
    await client.receive()
    // What the first calls make both sides compile and keep is none of theirs.
    const before = await added(client, server)
    const after = await added(client, server)
    return {
      clientHeap: (after.client.heap - before.client.heap) / calls,
      serverHeap: (after.server.heap - before.server.heap) / (after.server.held - before.server.held),
    }
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
  // What the requests left behind when they were written is no longer there.
  return { client: (await client.ask('read')) as Memory, server: last }
}
