import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AvroReader } from '../../../codecs/avro/reader.js'
import { Fault } from '../../../codecs/values/fault.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import { discard } from '../../discard.js'
import { clientDisconnected } from '../../failures.js'
import { peerOf } from '../../peer.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { writeHandshakeResponse } from '../handshake.js'
import { collectMessage, contentType, messageBody } from '../http-message.js'
import { CallServer, type Write } from './call-server.js'
import { ServerHandshakes } from './handshakes.js'
import { introduce } from './introduction.js'
import { servedServices } from './served-service.js'

/**
 * Serves Avro over HTTP: a POST of `avro/binary`, at any path, is a handshake and a call. The path may be that of a service, `/hello.Hello`,
 * which helps a client that the server does not know yet to mean the right one.
 * @returns takes a request; false: it is no Avro
 */
export function createAvroHandler(
  router: Router,
  settings: ServerSettings,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const server = new HttpServing(router, settings)
  return (request, response) => {
    const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
    if (request.method !== 'POST' || type !== contentType) return false
    void server.serve(request, response)
    return true
  }
}

class HttpServing {
  private readonly handshakes: ServerHandshakes
  private readonly calls: CallServer

  constructor(
    router: Router,
    private readonly settings: ServerSettings,
  ) {
    this.handshakes = new ServerHandshakes(servedServices(router, settings.limits))
    this.calls = new CallServer(router, settings)
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { limits, clock } = this.settings
    const timer = clock.schedule(limits.bodyTimeout, { expire: () => request.destroy() })
    try {
      const from = await collectMessage(request.iterator({ destroyOnReturn: false }), limits.messageBytes)
      timer.cancel()
      if (from === undefined)
        this.refuse(request, response, { status: 400, message: 'the body is not a framed message' })
      else this.answer(from, request, response)
    } catch (error) {
      timer.cancel()
      if (error instanceof RpcError && error.code === Code.resource_exhausted)
        this.refuse(request, response, { status: 413, message: error.message })
      else if (error instanceof Fault)
        this.refuse(request, response, { status: 400, message: `no Avro handshake: ${error.problem}` })
      else response.destroy()
    }
  }

  /** Errors in front of the handshake have no form in Avro. */
  private refuse(
    request: IncomingMessage,
    response: ServerResponse,
    { status, message }: { readonly status: number; readonly message: string },
  ): void {
    if (response.destroyed) return
    const body = Buffer.from(`${message}\n`)
    response.writeHead(status, { 'content-type': 'text/plain', 'content-length': body.length, connection: 'close' })
    if (request.complete) {
      response.end(body)
      return
    }
    // To close with unread bytes would reset the connection, and the reset overtake the answer.
    response.write(body)
    discard(request, this.settings, { done: () => response.end() })
  }

  /** @throws Fault where it does not begin with a handshake */
  private answer(from: AvroReader, request: IncomingMessage, response: ServerResponse): void {
    const { headerBytes } = this.settings.limits
    const path = request.url?.split('?', 1)[0]
    const { client, response: handshake } = introduce(from, { handshakes: this.handshakes, headerBytes, path })
    if (client === undefined) {
      reply(response, out => writeHandshakeResponse(out, handshake))
      return
    }
    const peer = peerOf(request.socket, 'avro')
    const call = this.calls.serve({ from, client, peer, inFlight: 0 }, write => {
      reply(response, out => {
        writeHandshakeResponse(out, handshake)
        write(out)
      })
    })
    if (call === undefined) return
    response.once('close', () => call.cancel(clientDisconnected(call.method.path)))
  }
}

function reply(response: ServerResponse, write: Write): void {
  if (response.destroyed) return
  const body = messageBody(write)
  response.writeHead(200, { 'content-type': contentType, 'content-length': body.length })
  response.end(body)
}
