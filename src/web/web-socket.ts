import { type ActiveCall, type EngineHandler } from '../core/active-call.js'
import { streamsOut } from '../core/call.js'
import { refusedHeader } from '../core/refusal.js'
import { RpcError } from '../core/rpc-error.js'
import { wrongReplyCount } from '../protocols/failures.js'
import { onlyMessage } from '../protocols/only-message.js'
import { CloseCode, chunkBytes, chunksOf, readHead, subprotocol, unprocessed } from '../protocols/websocket/messages.js'
import type { MethodSchema } from '../schema/service.js'
import { PageMethod, receiveHead } from './page-method.js'
import type { PageSettings } from './page-settings.js'
import { enveloped, messages, startingWith } from './server-stream.js'

/** Bytes of replies that the server may send before the page has read them. */
const window = 1024 * 1024
/** Milliseconds between two looks at what the browser has not sent yet: it reports that by no event. */
const lookInterval = 10

/**
 * Carries the methods that take a stream over WebSocket, for `connect(..., { requestStreams: webSocket })`. Each call has a WebSocket of its
 * own to the same host, whose server must allow the page's origin (`cors` of `serve`).
 *
 * The browser sends its user's cookies with it, whatever `credentials` says.
 *
 * @example
 * const chat = connect(Chat, 'https://api.example.com', { requestStreams: webSocket })
 * for await (const line of chat.talk(lines)) show(line)
 *
 * @see docs/guide/web.md#streams-of-requests
 */
export function webSocket(schema: MethodSchema, settings: PageSettings): EngineHandler {
  return async call => {
    const source = (call.message as AsyncIterable<unknown>)[Symbol.asyncIterator]()
    const exchange = new Exchange(call, source, message => enveloped(method, message))
    const method = new PageMethod(schema, { ...settings, fetch: (url, init) => exchange.open(String(url), init ?? {}) })
    // The body is the source.
    const response = await method.fetch(call, settings.base + schema.path, none)
    receiveHead(call, response)
    const replies = messages(method, call, response)
    if (!streamsOut(schema)) return onlyMessage(replies, schema.path, wrongReplyCount)
    return startingWith(await replies.next(), replies)
  }
}

const none = new Uint8Array(0)

/** Source: the Fetch standard, "null body status". */
const bodiless: ReadonlySet<number> = /* @__PURE__ */ new Set([204, 205, 304])

/** One call, in the form of `fetch`. */
class Exchange {
  private channel: WebSocket | undefined
  private isOver = false
  private response: ((response: Response) => void) | undefined
  private failed: (error: unknown) => void = () => {}
  private readonly unread: Uint8Array[] = []
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined
  private wake: (() => void) | undefined
  private hasEnded = false
  private taken = 0
  private told = 0

  constructor(
    private readonly call: ActiveCall,
    private readonly source: AsyncIterator<unknown>,
    private readonly encode: (message: unknown) => Uint8Array,
  ) {}

  open(url: string, { headers, signal }: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.response = resolve
      this.failed = reject
      const channel = new WebSocket(url.replace(/^http/, 'ws'), subprotocol)
      this.channel = channel
      channel.binaryType = 'arraybuffer'
      channel.onopen = () => {
        channel.send(JSON.stringify({ headers: (headers as string[][]).flat(), window }))
        void this.send(channel)
      }
      channel.onmessage = ({ data }) => this.receive(data)
      // What went wrong comes with `onclose`. Without this, the package ws throws the error of a socket that is closed before it opens.
      channel.onerror = () => {}
      channel.onclose = ({ code, reason }) => this.closed(code, reason)
      const abort = () => this.end(new Error('the call was cancelled'))
      if (signal?.aborted) abort()
      else signal?.addEventListener('abort', abort)
    })
  }

  private async send(channel: WebSocket): Promise<void> {
    try {
      while (!this.isOver) {
        const { done, value } = await this.source.next()
        if (this.isOver) return
        if (done) {
          channel.send(none)
          return
        }
        for (const chunk of chunksOf(this.encode(value))) channel.send(chunk as Uint8Array<ArrayBuffer>)
        while (channel.bufferedAmount > chunkBytes && !this.isOver)
          await new Promise(resolve => setTimeout(resolve, lookInterval))
      }
    } catch (error) {
      this.call.cancel(RpcError.from(error))
      this.end(error)
    }
  }

  private receive(data: unknown): void {
    if (this.isOver) return
    if (typeof data !== 'string') {
      this.unread.push(new Uint8Array(data as ArrayBuffer))
      this.wake?.()
      return
    }
    const { status, headers = [] } = readHead(data) ?? {}
    const fields: [string, string][] = []
    for (let at = 0; at < headers.length; at += 2) fields.push([headers[at] as string, headers[at + 1] as string])
    // Informational statuses and those without a body belong to HTTP itself.
    if (this.response === undefined || status === undefined || status < 200 || bodiless.has(status))
      this.end(new Error('the server sent an invalid head'))
    else this.answer(status, fields)
  }

  private answer(status: number, fields: [string, string][]): void {
    const body = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.controller = controller
        },
        pull: controller => this.pull(controller),
        cancel: () => this.end(new Error('the rest is not wanted')),
      },
      { highWaterMark: 0 },
    )
    this.failed = error => this.controller?.error(error)
    this.response?.(new Response(body, { status, headers: fields }))
    this.response = undefined
  }

  /** Gives the page what has arrived, and tells the server what was read, so that it sends no faster than that. */
  private async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.unread.length === 0 && !this.hasEnded) await new Promise<void>(resolve => (this.wake = resolve))
    const bytes = this.unread.shift()
    if (bytes === undefined) {
      if (this.hasEnded) controller.close()
      return
    }
    controller.enqueue(bytes)
    this.taken += bytes.length
    if (this.taken - this.told < window / 2 || this.isOver) return
    this.told = this.taken
    this.channel?.send(String(this.taken))
  }

  private closed(code: number, reason: string): void {
    if (this.isOver) return
    if (this.response !== undefined && code === CloseCode.goingAway && reason === unprocessed)
      this.answer(503, [[refusedHeader, '1']])
    if (this.response === undefined && (code === CloseCode.normal || code === CloseCode.goingAway)) {
      this.hasEnded = true
      this.stop()
    } else this.end(new Error(`the WebSocket was closed with code ${code} ${reason}`.trim()))
  }

  private end(error: unknown): void {
    if (this.isOver) return
    this.failed(error)
    this.stop()
  }

  private stop(): void {
    this.isOver = true
    this.wake?.()
    this.channel?.close()
    // Not awaited, and an error in its `finally` is ignored: the call is over.
    this.source.return?.().then(undefined, () => {})
  }
}
