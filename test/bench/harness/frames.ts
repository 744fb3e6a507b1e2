// The least that an RPC over one socket can do, which marks the limit: bytes behind their length, answered in order, one write for all that
// a turn of the event loop brings. No schema, no method, no deadline. Variant: the path of a Unix socket; without a slash in front it is
// ignored. A message has 13 bytes, as a small unary call has.
import { once } from 'node:events'
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net'

const message = Buffer.from('Hello, World!')

export async function listen(variant: string): Promise<string> {
  const server = createServer(socket => {
    const output = new Output(socket)
    readFrames(socket, frame => output.write(frame))
    socket.on('error', () => socket.destroy())
  })
  if (variant.startsWith('/')) server.listen(variant)
  else server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo | string
  return typeof address === 'string' ? address : String(address.port)
}

export async function connect(address: string): Promise<() => Promise<unknown>> {
  const socket = address.startsWith('/') ? connectSocket(address) : connectSocket(Number(address), '127.0.0.1')
  await once(socket, 'connect')
  const output = new Output(socket)
  const waiting: ((reply: string) => void)[] = []
  let answered = 0
  readFrames(socket, frame => {
    waiting[answered++]?.(frame.toString('latin1'))
    if (answered === waiting.length) answered = waiting.length = 0
  })
  return () => {
    output.write(message)
    return new Promise(resolve => waiting.push(resolve))
  }
}

/** Gathers frames until the turn of the event loop ends. */
class Output {
  private readonly unsent: Buffer[] = []

  constructor(private readonly socket: Socket) {
    socket.setNoDelay()
  }

  write(frame: Buffer): void {
    if (this.unsent.length === 0) setImmediate(() => this.socket.write(Buffer.concat(this.unsent.splice(0))))
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(frame.length)
    this.unsent.push(length, frame)
  }
}

function readFrames(socket: Socket, receive: (frame: Buffer) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    while (rest.length - start >= 4) {
      const end = start + 4 + rest.readUInt32BE(start)
      if (rest.length < end) break
      receive(rest.subarray(start + 4, end))
      start = end
    }
    rest = rest.subarray(start)
  })
}
