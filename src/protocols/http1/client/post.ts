import type { ActiveCall } from '../../../core/active-call.js'
import type { Timer } from '../../../core/clock.js'
import { messageTooLarge } from '../../../core/limits.js'
import { refusedHeader } from '../../../core/refusal.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { codeOfPlainStatus, unexpectedReply, unreadableReply } from '../../failures.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import { HttpExchange } from './exchange.js'
import type { HttpConnections } from './link.js'

export interface PostOptions {
  readonly path: string
  /** Name, value, name, value ... */
  readonly headers: readonly string[]
  readonly body: Uint8Array
  /** The media type of a reply that has one. Default: any. */
  readonly accepts?: string
  /** The most bytes of the reply's body. Default: `limits.messageBytes`. */
  readonly most?: number
  /** Called when the request has been sent. The call may end then. The connection is kept if the reply arrives soon. */
  readonly sent?: () => void
}

export interface PostReply {
  /** Name in lower case, value, name, value ... */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/**
 * Sends a message as the body of a POST.
 * @throws RpcError if the reply does not have status 200 and an accepted type, and at once when the call is cancelled
 */
export function post(connections: HttpConnections, call: ActiveCall, options: PostOptions): Promise<PostReply> {
  return new Post(connections, call, options).send()
}

/** Sends a one-way call. Resolves when the request has been sent, as over a socket. Later failures are not reported. */
export function postOneway(connections: HttpConnections, call: ActiveCall, options: PostOptions): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const sent = () => resolve(undefined)
    post(connections, call, { ...options, sent }).then(sent, reject)
  })
}

/** Milliseconds until the connection of an unanswered one-way call is closed. Apache's npm package never answers. */
const longestWait = 5000

/** Bytes of an unexpected reply that its error shows. */
const mostSaid = 200

class Post extends HttpExchange<PostReply> {
  private status = 0
  private readonly headers: string[] = []
  private readonly body = new GatheredBytes()
  /** Whether it is not a reply of the protocol. */
  private isUnexpected = false
  private timer: Timer | undefined = undefined

  constructor(
    link: HttpConnections,
    call: ActiveCall,
    private readonly options: PostOptions,
  ) {
    super(link, call)
  }

  send(): Promise<PostReply> {
    const { path, headers, body } = this.options
    return this.begin(() => this.link.pool.dispatch({ path, method: 'POST', headers: headers as string[], body }, this))
  }

  /** Called by undici. */
  onRequestSent(): void {
    const { sent } = this.options
    if (sent === undefined || this.isOver) return
    const { call } = this
    call.offCancel(this.cancel)
    this.timer = call.clock.schedule(longestWait, { expire: () => this.leave() })
    sent()
  }

  protected override finish(): void {
    super.finish()
    this.timer?.cancel()
  }

  protected receiveHead(status: number, raw: Buffer[]): void {
    this.status = status
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = (raw[at] as Buffer).toString('latin1')
      this.headers.push(name.toLowerCase(), (raw[at + 1] as Buffer).toString('latin1'))
    }
    const { accepts } = this.options
    const type = this.header('content-type')
    this.isUnexpected = status !== 200 || (accepts !== undefined && type !== undefined && !type.startsWith(accepts))
  }

  protected receiveData(chunk: Buffer): boolean {
    if (this.isUnexpected) {
      if (this.body.length < mostSaid) this.body.add(chunk)
      return true
    }
    const { messageBytes } = this.link.limits
    const { most = messageBytes } = this.options
    if (this.body.length + chunk.length <= most) this.body.add(chunk)
    else this.fail(unreadableReply(messageTooLarge(messageBytes), this.call.method.path))
    return true
  }

  protected completed(): void {
    this.finish()
    if (this.isUnexpected) this.reject(this.unexpected())
    else this.resolve({ headers: this.headers, body: this.body.all() })
  }

  private header(name: string): string | undefined {
    const { headers } = this
    for (let at = 0; at < headers.length; at += 2) if (headers[at] === name) return headers[at + 1]
    return undefined
  }

  private unexpected(): RpcError {
    const { link, call, status } = this
    const contentType = this.header('content-type') ?? ''
    const isRefused = this.header(refusedHeader) !== undefined
    // The server is draining, or has said goodbye on an idle connection: it takes no more calls.
    if (isRefused && (status === 503 || status === 408)) link.refused()
    return unexpectedReply(call.method.path, {
      address: link.address,
      status,
      contentType,
      ...(isText(contentType) && { said: textOf(this.body.all().subarray(0, mostSaid)) }),
      codeOf: codeOfPlainStatus,
      ...(isRefused && { delivery: 'refused' }),
    })
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}

function isText(contentType: string): boolean {
  return contentType.startsWith('text/') || contentType.startsWith('application/json')
}
