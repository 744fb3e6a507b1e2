import type { IncomingMessage, ServerResponse } from 'node:http'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { Peer } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import { peerOf } from '../../peer.js'
import type { ServerSettings } from '../../protocol.js'
import { BodyReader } from './body-reader.js'
import { discard, restTimeout } from './discard.js'
import { type Holder, handlersOn, holderOf } from './running-handlers.js'

/** @returns a function that serves a POST of one of these media types; it returns false for any other request */
export function servingPosts(
  mediaTypes: ReadonlySet<string>,
  serve: (request: IncomingMessage, response: ServerResponse) => void,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
    if (request.method !== 'POST' || type === undefined || !mediaTypes.has(type)) return false
    serve(request, response)
    return true
  }
}

/** A request whose answer is written on demand. */
export interface Answerable {
  /** Whether the client gets an empty answer before the call has ended. */
  readonly isOneway: boolean
  answer(): void
  /** Called when the client is gone. */
  disconnect(): void
}

/** A reply as it is sent. */
export interface PostedReply {
  readonly contentType: string
  /** Name, value, name, value ... */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** One POST and its response, for protocols with whole messages as bodies. Its request sees it as a connection with one call. */
export abstract class PostedRequest {
  readonly isDraining = false
  readonly settings: ServerSettings
  readonly peer: Peer
  private readonly holder: Holder
  private served: Answerable | undefined = undefined

  constructor(
    protected readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    { settings, protocol }: { readonly settings: ServerSettings; readonly protocol: string },
  ) {
    this.settings = settings
    this.peer = peerOf(request.socket, protocol)
    this.holder = holderOf(request, response)
  }

  get calls(): number {
    return handlersOn(this.request.socket)
  }

  handlerBegan(): void {
    this.holder.hold()
  }

  handlerSettled(): void {
    this.holder.release()
  }

  /** The reply, after the request has answered. */
  protected abstract readonly reply: PostedReply

  /** Serves the message. @throws RpcError or Fault if it is not of the protocol */
  protected abstract serve(body: Uint8Array): void

  /** Reads the body, then serves it. @param most bytes of the body; default: `limits.messageBytes` */
  read(most?: number): void {
    const { request, response, settings, path } = this
    const body = new BodyReader(request, settings, { path, most })
    body.read(
      bytes => this.arrived(bytes),
      error => this.refuse(error),
    )
    response.once('close', () => {
      body.stop()
      if (!response.writableFinished) this.served?.disconnect()
    })
  }

  /** The path of the URL. */
  protected get path(): string {
    return this.request.url?.split('?', 1)[0] ?? ''
  }

  enter(served: Answerable): void {
    this.served = served
    if (served.isOneway) this.respond()
  }

  ready(served: Answerable): void {
    if (served.isOneway) return
    served.answer()
    this.respond()
  }

  private respond(): void {
    const { response } = this
    if (response.destroyed || response.headersSent) return
    const { contentType, headers, body } = this.reply
    response.writeHead(200, ['content-type', contentType, 'content-length', String(body.length), ...headers])
    response.end(body)
  }

  private arrived(body: Uint8Array): void {
    try {
      this.serve(body)
    } catch (error) {
      const fault = asInvalidMessage(error, `unreadable ${this.peer.protocol} message`)
      if (!(fault instanceof RpcError)) this.settings.report(error)
      this.refuse(fault instanceof RpcError ? fault : new RpcError('the message cannot be read', Code.internal))
    }
  }

  /** Answers a body that is not a message of the protocol with an HTTP status. */
  private refuse({ code, message }: RpcError): void {
    const { request, response, settings } = this
    if (response.destroyed || response.headersSent) return
    const isLate = code === Code.deadline_exceeded
    const length = String(Buffer.byteLength(message))
    const head = ['content-type', 'text/plain', 'content-length', length, 'connection', 'close']
    response.writeHead(isLate ? 408 : code === Code.resource_exhausted ? 413 : 400, head)
    if (request.complete) {
      response.end(message)
      return
    }
    // Closing with unread bytes would reset the connection, and the reset would overtake the answer.
    response.write(message)
    discard(request, settings, { done: () => response.end(), ...(isLate && { within: restTimeout }) })
  }
}
