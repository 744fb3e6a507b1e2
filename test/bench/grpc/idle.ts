import { connect as connectSocket } from 'node:net'
import { ClientConnection } from '../../../src/http2/client-connection.js'
import { prepareHeaders } from '../../../src/http2/header-block.js'
import type { WorkerProcess } from '../harness/processes.js'
import type { Report } from '../harness/report.js'
import { type Memory, memoryWorker } from './memory.js'

const connections = 3000
/** Milliseconds after which a connection without a call is idle. */
const rest = 12_000
const request = prepareHeaders([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/bench.Echo/Unary'],
  [':authority', 'localhost'],
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
])
const empty = Buffer.alloc(5)

/**
 * What a server keeps for each connection that has had one call and now has none. The heap alone says little: most of what Node's http2
 * keeps lies outside of it.
 */
export async function idleConnections(report: Report): Promise<void> {
  const each = async (name: string, module: string) => {
    const memory = await report.attempt(`${name}, idle connections`, () => memoryEach(module))
    return memory === undefined
      ? []
      : [{ name, rounds: [{ resident: memory.resident / 1024, heap: memory.used / 1024 }] }]
  }
  report.add(
    {
      id: 'grpc.idle',
      title: `gRPC, memory of the server for each of ${connections} idle connections`,
      reference: 'grpc-js',
    },
    // Both at a time: most of it is waiting, and memory does not depend on how fast a process is.
    (await Promise.all([each('polywire grpc', 'polywire'), each('grpc-js', 'grpc-js')])).flat(),
  )
}

async function memoryEach(module: string): Promise<Pick<Memory, 'resident' | 'used'>> {
  const worker = memoryWorker(module, ['unary'])
  const open: ClientConnection[] = []
  try {
    const port = Number(((await worker.receive()) as string).split(':').at(-1))
    // What the server compiles and keeps because of its first connections does not count for later ones.
    for (let i = 0; i < connections / 3; i++) open.push(await used(port))
    const before = await settled(worker)
    for (let i = 0; i < connections; i++) open.push(await used(port))
    const after = await settled(worker)
    return {
      resident: (after.resident - before.resident) / connections,
      used: (after.used - before.used) / connections,
    }
  } finally {
    for (const connection of open) connection.destroy()
    worker.end()
  }
}

/** After everything is idle. V8 gives memory of its own back some seconds after a collection, and once more after the next. */
async function settled(worker: WorkerProcess): Promise<Memory> {
  let memory: unknown
  for (let i = 0; i < 2; i++) {
    await new Promise(resolve => setTimeout(resolve, rest))
    memory = await worker.ask('read')
  }
  return memory as Memory
}

/** A connection whose one call has been answered. */
function used(port: number): Promise<ClientConnection> {
  return new Promise((resolve, reject) => {
    const connection = new ClientConnection(connectSocket(port, '127.0.0.1'), {})
    const stream = connection.open({
      onHeaders() {},
      onData: (stream, chunk) => stream.consume(chunk.length),
      onTrailers: () => resolve(connection),
      onReset: (_stream, error) => reject(error),
      onDrain() {},
    })
    stream.sendHeaders(request)
    stream.writeLast(empty)
  })
}
