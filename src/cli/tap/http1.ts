import { subprotocol } from '../../protocols/websocket/messages.js'
import type { Exchange } from './http-call.js'
import { exchangeOf } from './posted-call.js'
import type { Reading, Tell, WireReader } from './seen.js'
import { WebSocketReader } from './websocket.js'

/** Bytes of a message's head. */
const longestHead = 65_536

interface Head {
  readonly first: string
  /** Name, value, name, value ...; names in lower case. */
  readonly fields: readonly string[]
}

interface Handlers {
  /** @returns whether the message has no body, whatever its fields say */
  head(head: Head): boolean
  body(chunk: Buffer): void
  end(): void
  /** What follows the last message of HTTP. */
  after(chunk: Buffer): void
}

/** Reads the messages of one direction of an HTTP/1.1 connection (RFC 9112). */
class Messages {
  private text = ''
  /** Bytes of the body, or of a chunk of it, to come; -1: all until the connection ends. */
  private left = 0
  private state: 'head' | 'body' | 'size' | 'chunk' | 'trailers' = 'head'
  private isOver = false

  constructor(
    private readonly handlers: Handlers,
    private readonly endsWithConnection: boolean,
  ) {}

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.isOver) {
        this.handlers.after(chunk.subarray(at))
        return
      }
      if (this.state === 'body' || this.state === 'chunk') {
        const taken = this.left < 0 ? chunk.length - at : Math.min(this.left, chunk.length - at)
        if (taken > 0) this.handlers.body(chunk.subarray(at, at + taken))
        at += taken
        if (this.left < 0) continue
        this.left -= taken
        if (this.left > 0) continue
        if (this.state === 'body') this.finish()
        else this.state = 'size'
        continue
      }
      const end = chunk.indexOf(10, at)
      const next = end < 0 ? chunk.length : end + 1
      this.text += chunk.toString('latin1', at, next)
      at = next
      if (this.text.length > longestHead) throw new Error('a head that is too long')
      if (end >= 0) this.line()
    }
  }

  /** The connection has changed to another protocol. */
  changed(): void {
    this.isOver = true
  }

  closed(): void {
    if (this.state === 'body' && this.left < 0) this.finish()
  }

  /** A line has ended. */
  private line(): void {
    if (this.state === 'head') {
      if (/^(?:\r?\n)+$/.test(this.text)) this.text = ''
      else if (/\r?\n\r?\n$/.test(this.text)) this.begin(headOf(this.text))
      return
    }
    const line = this.text.trim()
    this.text = ''
    if (this.state === 'trailers') {
      if (line === '') this.finish()
    } else if (line !== '') {
      this.left = Number.parseInt(line, 16)
      if (!(this.left >= 0)) throw new Error('a chunk without a size')
      this.state = this.left === 0 ? 'trailers' : 'chunk'
    }
  }

  private begin(head: Head): void {
    this.text = ''
    const hasNone = this.handlers.head(head)
    const length = fieldOf(head, 'content-length')
    this.state = 'body'
    if (hasNone) this.finish()
    else if (/chunked/i.test(fieldOf(head, 'transfer-encoding') ?? '')) this.state = 'size'
    else if (length !== undefined || !this.endsWithConnection) {
      this.left = Number(length ?? 0)
      if (this.left === 0) this.finish()
    } else this.left = -1
  }

  private finish(): void {
    this.state = 'head'
    this.left = 0
    this.handlers.end()
  }
}

function headOf(text: string): Head {
  const [first = '', ...lines] = text.trim().split(/\r?\n/)
  const fields = lines.flatMap(line => {
    const at = line.indexOf(':')
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
  })
  return { first, fields }
}

function fieldOf({ fields }: Head, name: string): string | undefined {
  const at = fields.findIndex((field, index) => index % 2 === 0 && field === name)
  return at < 0 ? undefined : fields[at + 1]
}

/** Reads the exchanges of an HTTP/1.1 connection. Replies come in the order of their requests. */
export class Http1Reader implements WireReader {
  private readonly pending: { readonly call: Exchange; readonly isHead: boolean; readonly path: string }[] = []
  /** Reads what follows the change to a WebSocket. */
  private webSocket: WebSocketReader | undefined
  private readonly client = new Messages(
    {
      head: head => {
        const [method, path = ''] = head.first.split(' ')
        const call = exchangeOf({ path, headers: head.fields, ...partsOf(head) }, this.reading)
        this.pending.push({ call, isHead: method === 'HEAD', path })
        return false
      },
      body: chunk => this.pending.at(-1)?.call.request(chunk),
      end: () => {},
      after: chunk => this.webSocket?.fromClient(chunk),
    },
    false,
  )
  private readonly server = new Messages(
    {
      head: head => {
        const status = Number(head.first.split(' ')[1])
        if (status === 101) this.change(head)
        this.isInformational = status < 200
        this.pending[0]?.call.head(status, partsOf(head))
        return status < 200 || status === 204 || status === 304 || this.pending[0]?.isHead === true
      },
      body: chunk => this.pending[0]?.call.reply(chunk),
      end: () => {
        if (this.isInformational) return
        const call = this.pending.shift()?.call.end(undefined)
        if (call !== undefined) this.tell(call)
      },
      after: chunk => this.webSocket?.fromServer(chunk),
    },
    true,
  )
  private isInformational = false

  constructor(
    private readonly tell: Tell,
    private readonly reading: Reading,
  ) {}

  fromClient(chunk: Buffer): void {
    this.client.push(chunk)
  }

  fromServer(chunk: Buffer): void {
    this.server.push(chunk)
  }

  /** @throws Error if it is not a WebSocket that carries a call */
  private change(head: Head): void {
    const handshake = this.pending.shift()
    if (handshake === undefined || fieldOf(head, 'sec-websocket-protocol') !== subprotocol)
      throw new Error('a protocol that carries no calls')
    this.webSocket = new WebSocketReader(handshake.path, this.tell, this.reading)
    this.client.changed()
    this.server.changed()
  }

  ended(): void {
    this.webSocket?.ended()
    this.server.closed()
    for (const { call } of this.pending.splice(0)) this.tell(call.abort('connection lost'))
  }
}

function partsOf(head: Head) {
  return { contentType: fieldOf(head, 'content-type') ?? '', header: (name: string) => fieldOf(head, name) }
}
