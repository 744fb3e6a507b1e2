import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { ActiveCall } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import type { Limits } from '../../../core/limits.js'
import { failure, RpcError } from '../../../core/rpc-error.js'
import {
  connectFailed,
  connectionLost,
  draining,
  malformedReply,
  replyHeadersTooLarge,
  replyTruncated,
} from '../../failures.js'
import type { HttpRequest, PooledExchange } from '../../http1/client/connection-pool.js'
import { bounds, type loadWebSockets } from '../library.js'
import { CloseCode, chunkBytes, chunksOf, readHead, subprotocol, unprocessed } from '../messages.js'

/** What an exchange needs of its link. */
export interface ExchangeOwner {
  readonly address: string
  /** The value of the `host` field. */
  readonly host: string
  readonly limits: Limits
  readonly library: Awaited<ReturnType<typeof loadWebSockets>>
  /** Called when the server takes no more calls. */
  refused(): void
  /** Called when the WebSocket is closed, or was never opened. */
  ended(exchange: WebSocketExchange): void
}

/** Runs an exchange on a WebSocket of its own. It calls the exchange's handler methods as undici does on HTTP/1.1. */
export class WebSocketExchange {
  readonly call: ActiveCall
  /** Whether it has its outcome. */
  over = false
  /** Gives up the socket that is being opened for it. */
  giveUp: (() => void) | undefined = undefined
  private channel: WebSocket | undefined = undefined
  private isSent = false
  private hasHead = false
  private drained: (() => void) | undefined = undefined

  constructor(
    private readonly request: HttpRequest,
    private readonly exchange: PooledExchange,
    private readonly owner: ExchangeOwner,
  ) {
    this.call = exchange.call
  }

  /** From now on the caller can cancel it. */
  watch(): void {
    this.exchange.onConnect?.(this.abort)
  }

  start(socket: Socket): void {
    const { host, library, limits } = this.owner
    const channel = new library.WebSocket(`ws://localhost${this.request.path}`, subprotocol, {
      ...bounds(limits),
      headers: { host },
      createConnection: () => socket.ref(),
    })
    this.channel = channel
    channel.once('open', () => this.send(channel))
    channel.on('message', (data, isBinary) => this.receive(data as Buffer, isBinary))
    channel.once('unexpected-response', (request, response) => {
      this.answered(response)
      response.once('close', () => request.destroy())
    })
    channel.on('error', (error: Error & { code?: string }) => this.fail(this.errorOf(error)))
    channel.once('close', (code, reason) => this.closed(code, reason.toString()))
  }

  fail(error: RpcError): void {
    if (this.over) return
    this.end()
    this.exchange.onError?.(error)
    this.terminate()
  }

  private send(channel: WebSocket): void {
    if (this.over) return
    this.isSent = true
    channel.send(JSON.stringify({ headers: this.request.headers }))
    const body = this.request.body as Uint8Array | AsyncIterable<Uint8Array> | undefined
    void this.sendBody(channel, body instanceof Uint8Array ? [body] : (body ?? []))
  }

  private async sendBody(channel: WebSocket, body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    let burst = 0
    for await (const bytes of body) {
      for (const chunk of chunksOf(bytes)) {
        if (this.over) return
        const isFull = channel.bufferedAmount >= chunkBytes
        channel.send(chunk, isFull ? this.drain : undefined)
        burst += chunk.length + leastWeight
        if (isFull) await new Promise<void>(this.untilDrained)
        else if (burst < chunkBytes) continue
        // A source that is never waited for must not keep the process from reading.
        else await new Promise(setImmediate)
        burst = 0
      }
    }
    if (!this.over) channel.send(none)
  }

  private readonly untilDrained = (resolve: () => void): void => {
    this.drained = resolve
  }

  private readonly drain = (): void => this.drained?.()

  private receive(data: Buffer, isBinary: boolean): void {
    if (this.over) return
    if (isBinary && this.hasHead) {
      if (data.length > 0 && this.exchange.onData?.(data) === false) this.channel?.pause()
    } else if (isBinary || this.hasHead) this.fail(this.malformed('its messages are out of order'))
    else this.receiveHead(data)
  }

  private receiveHead(data: Buffer): void {
    const { headerBytes } = this.owner.limits
    if (data.length > headerBytes) {
      this.fail(replyHeadersTooLarge(this.path, headerBytes, { cause: undefined }))
      return
    }
    const head = readHead(data.toString('utf8'))
    if (head?.status === undefined) this.fail(this.malformed('its head cannot be read'))
    else this.begin(head.status, head.headers)
  }

  private begin(status: number, headers: readonly string[]): void {
    this.hasHead = true
    const raw = headers.map(text => Buffer.from(text, 'latin1'))
    this.exchange.onHeaders?.(status, raw, () => this.channel?.resume(), '')
  }

  /** A server, or a proxy, that does not change to WebSocket answers as HTTP does. */
  private answered(response: IncomingMessage): void {
    this.isSent = true
    if (this.over) return
    this.hasHead = true
    const raw = response.rawHeaders.map(text => Buffer.from(text, 'latin1'))
    this.exchange.onHeaders?.(response.statusCode ?? 0, raw, () => response.resume(), '')
    response.on('data', (chunk: Buffer) => {
      if (!this.over && this.exchange.onData?.(chunk) === false) response.pause()
    })
    response.once('end', () => this.complete())
    response.on('error', error => this.fail(this.errorOf(error)))
    response.once('close', () => {
      this.fail(replyTruncated(this.path, this.owner.address))
      this.owner.ended(this)
    })
  }

  private closed(code: number, reason: string): void {
    if (code === CloseCode.goingAway) this.owner.refused()
    if (this.hasHead && (code === CloseCode.normal || code === CloseCode.goingAway)) this.complete()
    else this.fail(this.closeError(code, reason))
    this.owner.ended(this)
  }

  private complete(): void {
    if (this.over) return
    this.end()
    this.exchange.onComplete?.([])
  }

  private closeError(code: number, reason: string): RpcError {
    const { address } = this.owner
    if (!this.isSent) return connectFailed(address, 'the server closed the connection during the handshake')
    if (code === CloseCode.goingAway && reason === unprocessed && !this.hasHead) return draining(this.path)
    if (code === CloseCode.tooLarge) {
      const message = `${this.path}: ${address} refused a message that is too large for it: ${reason}`
      return failure('message_too_large', Code.resource_exhausted, message)
    }
    if (this.hasHead) return replyTruncated(this.path, address)
    const why = code === noCode ? 'the server closed it' : `the server closed it with code ${code} ${reason}`.trim()
    return connectionLost(this.path, why, { address })
  }

  private errorOf(cause: Error & { code?: string }): RpcError {
    const { path, owner } = this
    const { address } = owner
    if (cause.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
      return this.malformed(`a message of it has more than ${chunkBytes} bytes`, cause)
    // Errors of the system have a code; those of the parser of HTTP, of the handshake and of frames are about what the server sent.
    if (cause.code === undefined || /^(HPE|WS_ERR)_/.test(cause.code))
      return this.malformed(`${address} does not speak WebSocket: ${cause.message}`, cause)
    if (!this.isSent) return connectFailed(address, cause.message, cause)
    if (this.hasHead) return replyTruncated(path, address, cause)
    return connectionLost(path, cause.message, { address, cause })
  }

  private malformed(why: string, cause?: Error): RpcError {
    return malformedReply(this.path, why, cause)
  }

  private get path(): string {
    return this.call.method.path
  }

  /** Tells the server that the caller has left. One that does not answer in time loses the connection. */
  private readonly abort = (): void => {
    const { channel } = this
    this.end()
    if (channel === undefined || channel.readyState !== channel.OPEN) {
      this.terminate()
      return
    }
    const timer = setTimeout(() => this.terminate(), closeTimeout)
    channel.once('close', () => clearTimeout(timer))
    channel.resume()
    channel.close(CloseCode.normal)
  }

  private terminate(): void {
    if (this.channel !== undefined) {
      this.channel.terminate()
      return
    }
    this.giveUp?.()
    this.owner.ended(this)
  }

  private end(): void {
    this.over = true
    this.drain()
  }
}

const none = new Uint8Array(0)

/** Milliseconds. */
const closeTimeout = 1000

/** What a message costs besides its bytes. */
const leastWeight = 64

/** What the library gives for a connection that closed without a close frame. */
const noCode = 1006
