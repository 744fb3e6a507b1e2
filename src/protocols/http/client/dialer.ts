import type { Socket } from 'node:net'
import type { Client } from 'undici'
import type { ActiveCall } from '../../../core/active-call.js'
import { exportsOf } from '../../../core/commonjs-exports.js'
import type { Endpoint } from '../../../core/endpoint.js'
import type { ServiceSchema } from '../../../schema/service.js'
import { provideRequire } from '../../bundled-require.js'
import { connectFailed } from '../../failures.js'
import type { ClientSettings, Dialer, Link } from '../../protocol.js'
import { hasSpoken, openSocket, placeOf, type SocketTarget } from '../connect.js'
import { BoundMethod } from './bound-method.js'
import { type ClientConnection, HttpLink } from './link.js'
import { StreamCall } from './stream.js'
import { UnaryCall } from './unary.js'

export class HttpDialer implements Dialer {
  private readonly methods = new Map<string, BoundMethod>()

  /** @throws RpcError `failed_precondition` where the codec cannot carry a method */
  constructor(
    services: readonly ServiceSchema[],
    private readonly settings: ClientSettings,
  ) {
    for (const { methods } of services)
      for (const method of methods) this.methods.set(method.path, new BoundMethod(method, settings))
  }

  async dial({ address }: Endpoint, signal: AbortSignal): Promise<Link> {
    const { tls, connectTimeout } = this.settings
    const target = { address, defaultPort: tls === undefined ? 80 : 443, tls, timeout: connectTimeout }
    let socket: Socket
    try {
      socket = await openSocket(target, signal)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw connectFailed(address, why, cause)
    }
    const spare = spareOf(socket)
    const { limits } = this.settings
    const open = await this.opener(target, spare)
    return new HttpLink({ address, methods: this.methods, begin, open, limit: limits.connections, spare })
  }

  private async opener(target: SocketTarget, spare: { socket: Socket | undefined }): Promise<() => Client> {
    // Loading undici takes longer than all of this package, so only a process that dials does it.
    provideRequire()
    const { Client } = exportsOf(await import('undici'), 'Client')
    const { limits } = this.settings
    const origin = originOf(target)
    const options: Client.Options = {
      maxHeaderSize: limits.headerBytes,
      // The call's own deadline bounds both.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, callback) => {
        const { socket } = spare
        spare.socket = undefined
        // Never at once: undici does not look at a connection that is there before it has gone on to wait for it.
        const opening = isFit(socket) ? Promise.resolve(socket.ref()) : openSocket(target)
        opening.then(
          opened => callback(null, opened),
          (error: Error) => callback(error, null),
        )
      },
    }
    return () => new Client(origin, options)
  }
}

function begin(connection: ClientConnection, method: BoundMethod, call: ActiveCall): Promise<unknown> {
  return method.isStreaming
    ? new StreamCall(connection, method, call).send()
    : new UnaryCall(connection, method, call).send()
}

/** A connection that waits for its first call keeps no process alive, and is forgotten when the server closes it. */
function spareOf(socket: Socket): { socket: Socket | undefined } {
  const spare: { socket: Socket | undefined } = { socket: socket.unref() }
  socket.once('close', () => {
    if (spare.socket === socket) spare.socket = undefined
  })
  return spare
}

/** One on which the server has spoken meanwhile is none to begin a call on. */
function isFit(spare: Socket | undefined): spare is Socket {
  if (spare === undefined || !hasSpoken(spare)) return spare !== undefined
  spare.destroy()
  return false
}

/** What the `host` header is made of. */
function originOf({ address, defaultPort, tls }: SocketTarget): string {
  const scheme = tls === undefined ? 'http' : 'https'
  const place = placeOf(address, defaultPort)
  if ('path' in place) return `${scheme}://localhost`
  const host = place.host.includes(':') ? `[${place.host}]` : place.host
  return `${scheme}://${host}:${place.port}`
}
