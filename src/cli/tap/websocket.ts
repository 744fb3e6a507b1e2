import { type MessageHead, readHead } from '../../protocols/websocket/messages.js'
import type { Exchange } from './http-call.js'
import { exchangeOf } from './posted-call.js'
import type { Reading, Tell, WireReader } from './seen.js'
import { FrameReader } from './websocket-frames.js'

const normal = 1000
const goingAway = 1001

/** Reads a WebSocket behind its handshake. It carries one call: on both sides the head in a text message, then the body. */
export class WebSocketReader implements WireReader {
  private call: Exchange | undefined
  private hasReply = false
  private readonly client = new FrameReader({
    message: (bytes, isText) => this.fromCaller(bytes, isText),
    closed: () => this.abort('canceled'),
  })
  private readonly server = new FrameReader({
    message: (bytes, isText) => this.fromCallee(bytes, isText),
    closed: code => {
      if (this.hasReply && (code === normal || code === goingAway)) this.end()
      else this.abort('reset')
    },
  })

  /** @param path of the handshake */
  constructor(
    private readonly path: string,
    private readonly tell: Tell,
    private readonly reading: Reading,
  ) {}

  fromClient(chunk: Buffer): void {
    this.client.push(chunk)
  }

  fromServer(chunk: Buffer): void {
    this.server.push(chunk)
  }

  ended(): void {
    this.abort('connection lost')
  }

  private fromCaller(bytes: Buffer, isText: boolean): void {
    // A text behind the head says how much of the reply was taken.
    if (isText && this.call !== undefined) return
    if (isText) this.call = exchangeOf({ path: this.path, ...headOf(bytes) }, this.reading)
    // An empty message ends the body.
    else if (bytes.length > 0) this.call?.request(bytes)
  }

  private fromCallee(bytes: Buffer, isText: boolean): void {
    if (isText) {
      const { status = 0, ...head } = headOf(bytes)
      this.hasReply = true
      this.call?.head(status, head)
    } else if (bytes.length > 0) this.call?.reply(bytes)
  }

  private end(): void {
    const seen = this.call?.end()
    this.call = undefined
    if (seen !== undefined) this.tell(seen)
  }

  private abort(code: string): void {
    const seen = this.call?.abort(code)
    this.call = undefined
    if (seen !== undefined) this.tell(seen)
  }
}

/** @throws Error if it is not a head */
function headOf(bytes: Buffer) {
  const head: MessageHead | undefined = readHead(bytes.toString())
  if (head === undefined) throw new Error('a message that is not a head')
  const { status, headers } = head
  const fields = new Map<string, string>()
  for (let at = 0; at < headers.length; at += 2) fields.set((headers[at] ?? '').toLowerCase(), headers[at + 1] ?? '')
  const header = (name: string) => fields.get(name)
  return { ...(status !== undefined && { status }), headers, contentType: header('content-type') ?? '', header }
}
