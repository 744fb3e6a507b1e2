import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { firstRequestCame } from '../../first-request.js'
import type { ServerSettings } from '../../protocol.js'
import { CloseCode, readHead, unprocessed } from '../messages.js'
import { MessageRequest } from './request.js'
import { MessageResponse } from './response.js'

/** What a WebSocket being served needs of its server. */
export interface SocketOwner {
  readonly settings: ServerSettings
  /** Whether the server drains. */
  isDraining(): boolean
  /** Serves the exchange. */
  serve(request: MessageRequest, response: MessageResponse): void
  /** Answers a head over `limits.headerBytes`. */
  refuseHead(handshake: IncomingMessage, response: MessageResponse): void
}

/** One WebSocket, which carries one call. */
export class ServedSocket {
  private request: MessageRequest | undefined
  private response: MessageResponse | undefined
  /** Until the call begins. */
  private readonly timer: { cancel(): void }

  /** @param fields of the handshake that the call has too, as names and values in turn */
  constructor(
    private readonly channel: WebSocket,
    private readonly handshake: { readonly request: IncomingMessage; readonly fields: readonly string[] },
    private readonly owner: SocketOwner,
  ) {
    const { clock, limits } = owner.settings
    const expire = () => this.end(CloseCode.policyViolation, 'no call was made within limits.handshakeTimeout')
    this.timer = clock.schedule(limits.handshakeTimeout, { expire })
    channel.on('message', (data, isBinary) => this.receive(data as Buffer, isBinary))
    // The library closes it, but the other side may take its time.
    channel.on('error', () => this.response?.leave(false))
    channel.once('close', code => this.closed(code))
  }

  /** Closes it, unless it carries a call, whose end closes it. */
  drain(): void {
    if (this.request === undefined) this.end(CloseCode.goingAway, unprocessed)
  }

  private receive(data: Buffer, isBinary: boolean): void {
    const { channel } = this
    if (this.request === undefined) {
      // What arrives after a refusal belongs to no call.
      if (channel.readyState === channel.OPEN && this.response === undefined) this.begin(data, isBinary)
    } else if (isBinary) this.request.receive(data)
    else this.take(data.toString('latin1'))
  }

  private take(text: string): void {
    if (/^\d{1,15}$/.test(text)) this.response?.take(Number(text))
    else this.refuse('a text message after the head has the number of bytes that were taken')
  }

  private begin(data: Buffer, isBinary: boolean): void {
    const { channel, owner, handshake } = this
    if (data.length > owner.settings.limits.headerBytes) {
      owner.refuseHead(handshake.request, this.respond(Number.POSITIVE_INFINITY))
      return
    }
    const head = isBinary ? undefined : readHead(data.toString('utf8'))
    if (head === undefined) {
      this.refuse('the first message is the head: {"headers": [name, value, ...]}')
      return
    }
    this.timer.cancel()
    const { headers, url = '', socket } = handshake.request
    firstRequestCame(socket)
    const carrier = {
      socket: socket as Duplex,
      pause: () => channel.pause(),
      resume: () => channel.resume(),
      terminate: () => channel.terminate(),
    }
    this.request = new MessageRequest(url, [...handshake.fields, ...head.headers], headers, carrier)
    owner.serve(this.request, this.respond(head.window ?? Number.POSITIVE_INFINITY))
  }

  private respond(window: number): MessageResponse {
    this.response = new MessageResponse(this.channel, window, () =>
      this.end(this.owner.isDraining() ? CloseCode.goingAway : CloseCode.normal, ''),
    )
    return this.response
  }

  private refuse(why: string): void {
    this.end(CloseCode.unsupportedData, why)
    this.response?.leave(false)
  }

  private end(code: CloseCode, reason: string): void {
    this.timer.cancel()
    // So that the close of the other side is read.
    this.channel.resume()
    this.channel.close(code, reason)
  }

  private closed(code: number): void {
    this.timer.cancel()
    const { request, response } = this
    // 1005 and 1006 stand for a close without a code, and none at all.
    if (response?.writableFinished !== true) response?.leave(code !== 1006)
    request?.destroy()
    response?.destroy()
  }
}
