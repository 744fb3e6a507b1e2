import { once } from 'node:events'
import { type ClientHttp2Session, connect, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'

/** A gateway over HTTP/2 that has a server below a path, and nothing elsewhere. */
export class PathGateway {
  private constructor(
    private readonly server: Http2Server,
    private readonly session: ClientHttp2Session,
  ) {}

  /** @param address the server's, which takes HTTP/2 */
  static async before(address: string, base: string): Promise<PathGateway> {
    const session = connect(`http://${address}`)
    const server = createServer()
    server.on('stream', (incoming: ServerHttp2Stream, headers) => {
      const path = String(headers[':path'])
      if (!path.startsWith(`${base}/`)) {
        incoming.respond({ ':status': 404 }, { endStream: true })
        return
      }
      const outgoing = session.request({ ...headers, ':path': path.slice(base.length) })
      outgoing.on('response', reply => {
        incoming.respond(reply)
        outgoing.pipe(incoming)
      })
      incoming.pipe(outgoing)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new PathGateway(server, session)
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  close(): void {
    this.session.destroy()
    this.server.close()
  }
}
