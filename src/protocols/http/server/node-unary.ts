import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isLarge } from '../../../codecs/bytes/large-memory.js'
import type { Peer } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { messageTooLarge } from '../../../core/limits.js'
import { copiesWrites } from '../../../http2/own-socket.js'
import { unreadableRequest } from '../../failures.js'
import { BodyReader } from '../../http1/server/body-reader.js'
import { limitRest } from '../../http1/server/discard.js'
import { holderOf } from '../../http1/server/running-handlers.js'
import { type Decompress } from '../compression.js'
import { entityTag, isKnownTo } from './conditional.js'
import { type Closable, type Connection, connectionOf } from './connection.js'
import { headerRoom } from './header-room.js'
import { closedBy, type Exchange, type ServedCall } from './served-call.js'
import type { ServedCodec } from './served-method.js'
import { ownEntries, UnaryExchange, type UnaryReply } from './unary.js'
import { writeHead } from './write-head.js'

const none = new Uint8Array(0)

/** A unary call by the pair of request and response of Node's HTTP server. */
export class NodeUnaryExchange extends UnaryExchange implements Closable {
  private readonly connection: Connection
  private decompress: Decompress = undefined
  private rest: BodyReader | undefined = undefined
  /** Whether the whole body was read. */
  private isRead = false

  /** @param timeout milliseconds, above 0 */
  constructor(
    private readonly exchange: Exchange,
    served: ServedCodec,
    timeout: number,
  ) {
    const { router, settings, head, request } = exchange
    super({ router, settings, head, served, rawHeaders: request.rawHeaders }, settings.clock.now(), timeout)
    this.connection = connectionOf(request)
    this.connection.enter(this)
    exchange.response.on('close', () => this.closed())
  }

  protected get peer(): Peer {
    return this.connection.peer
  }

  protected get headerRoom(): number {
    return headerRoom(this.exchange)
  }

  protected takeExchange(): Exchange {
    return this.exchange
  }

  protected hold(call: ServedCall): void {
    call.hold(holderOf(this.exchange.request, this.exchange.response))
  }

  /** Reads the body, then begins. */
  read(decompress: Decompress): void {
    this.decompress = decompress
    process.nextTick(readBody, this)
  }

  /** @internal Reads a body that arrived with the head at once, without listeners and timer; otherwise waits for it. */
  readArrived(): void {
    const { request, settings, head } = this.exchange
    const { path } = this.request.served.method.schema
    if (this.isOver) return
    // Node runs this between the body and the end of the request, when `complete` is not set yet; so the length is compared too.
    if (request.complete || request.readableLength === Number(head.contentLength)) {
      const body = readAll(request)
      const { messageBytes } = settings.limits
      this.isRead = true
      if (body === null) this.begin(none, this.decompress)
      else if (body.byteLength <= messageBytes) this.begin(body, this.decompress)
      else this.refuse(unreadableRequest(messageTooLarge(messageBytes), path))
      return
    }
    this.rest = new BodyReader(request, settings, { path, deadline: this.deadline })
    this.rest.read(
      body => {
        this.isRead = true
        this.begin(body, this.decompress)
      },
      error => {
        const isLate = error.code === Code.deadline_exceeded
        this.refuse(unreadableRequest(error, path), { close: true, isLate })
      },
    )
  }

  protected send({ status, head, body, release }: UnaryReply): void {
    const { exchange } = this
    if (exchange.router.draining) head.push('connection', 'close')
    if (status === 204) {
      this.sendWithoutBody(status, head)
      return
    }
    writeHead(exchange.response, status, head)
    endWith(exchange, body, release)
  }

  /** Without the headers about the body. */
  private sendWithoutBody(status: number, head: readonly string[]): void {
    const { response } = this.exchange
    writeHead(response, status, head.slice(ownEntries))
    response.end()
  }

  /** Tags a cacheable reply to a GET, and answers 304 to a client that has it already. */
  protected answerUnchanged(call: ServedCall, { head, body }: UnaryReply, encoding: string | undefined): boolean {
    const { request, router } = this.exchange
    if (!call.isCacheable || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const own = call.replyHeadersIfAny?.get('etag')
    const tag = own ?? entityTag({ body, contentType: this.request.served.contentType, encoding })
    if (own === undefined) head.push('etag', tag)
    if (!isKnownTo(request, tag)) return false
    if (router.draining) head.push('connection', 'close')
    this.sendWithoutBody(304, head)
    return true
  }

  closed(): void {
    if (this.isOver) return
    this.isOver = true
    this.rest?.stop()
    const { request, response, settings } = this.exchange
    if (!this.isRead) limitRest(request, settings)
    this.connection.leave(this)
    this.call?.cancel(closedBy(response, this.request.served.method.schema.path))
  }
}

/** Bytes above which a second buffer in the write costs less than a copy. */
const copiedBytes = 8192

/** Deno writes a Latin-1 string as UTF-8 over TLS. */
const writesLatin1 = !('Deno' in globalThis)

/**
 * Over HTTP/1.1 Node joins the head and a string body into one write. With bytes it uses a gathered write, which costs several microseconds
 * more. Latin-1 maps every byte to itself.
 */
function endWith({ request, response }: Exchange, body: Uint8Array, release: UnaryReply['release']): void {
  const { socket } = response
  if (release !== undefined && isLarge(body) && socket !== null && isPlain(response, socket)) {
    response.end(body, () => {
      if (!socket.destroyed) release(body)
    })
    return
  }
  if (body.byteLength > copiedBytes || request.httpVersionMajor === 2 || !writesLatin1) response.end(body)
  else response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1')
}

/** Whether nobody stands between the response and the socket, such as a framework that compresses or keeps bodies. */
function isPlain({ write, end }: ServerResponse, socket: Socket): boolean {
  const { prototype } = ServerResponse
  return write === prototype.write && end === prototype.end && copiesWrites(socket)
}

function readBody(exchange: NodeUnaryExchange): void {
  exchange.readArrived()
}

/** Everything that has arrived. Since Node 26 `read()` returns only one chunk. */
function readAll(request: IncomingMessage): Buffer | null {
  const first = request.read() as Buffer | null
  if (first === null || request.readableLength === 0) return first
  const chunks = [first]
  while (request.readableLength > 0) chunks.push(request.read() as Buffer)
  return Buffer.concat(chunks)
}
