// Sockets that send back what they get, with no RPC. Variant: `plain` or `tls`, how many connections share the calls, and bytes of a call and of its reply:
// `tls 64 200`.
import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { authority, server as certificate } from '../../fixtures/certificates.js'

export async function listen(variant: string): Promise<string> {
  const echo = (socket: Socket) => {
    socket.setNoDelay()
    socket.on('error', () => socket.destroy())
    socket.on('data', chunk => socket.write(chunk))
  }
  const server = variant.startsWith('tls') ? createTlsServer(certificate, echo) : createServer(echo)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return String((server.address() as AddressInfo).port)
}

export async function connect(address: string, variant: string): Promise<() => Promise<unknown>> {
  const [kind, connections, bytes] = variant.split(' ')
  const message = Buffer.alloc(Number(bytes), 'x')
  const lines = await Promise.all(
    Array.from({ length: Number(connections) }, async () => {
      const options = { host: '127.0.0.1', port: Number(address) }
      const socket = kind === 'tls' ? connectTls({ ...options, ca: authority }) : connectTcp(options)
      await once(socket, kind === 'tls' ? 'secureConnect' : 'connect')
      return new Line(socket.setNoDelay(), message)
    }),
  )
  let next = 0
  return () => (lines[next++ % lines.length] as Line).call()
}

/** Calls on one connection. Those of one tick go out in one write, as ours do. */
class Line {
  private readonly waiting: ((bytes: number) => void)[] = []
  private readonly unsent: Buffer[] = []
  private received = 0

  constructor(
    private readonly socket: Socket,
    private readonly message: Buffer,
  ) {
    socket.on('data', chunk => {
      this.received += chunk.length
      for (; this.received >= message.length; this.received -= message.length) this.waiting.shift()?.(message.length)
    })
  }

  call(): Promise<number> {
    if (this.unsent.push(this.message) === 1)
      setImmediate(() => this.socket.write(Buffer.concat(this.unsent.splice(0))))
    return new Promise(resolve => this.waiting.push(resolve))
  }
}
