import type { HeaderList } from './header-list.js'
import type { Http2Stream, StreamHandler } from './stream.js'
import type { UnsentListener } from './unsent.js'

/** Requests that begin in the first turn of a connection, before any reply has shown its size; the number doubles with each turn. */
const FIRST_BATCH = 16
/** From this number on, a turn has no bound. */
const LAST_BATCH = 1024

export interface BacklogHost {
  /** `crowded`: more bytes of replies wait for the peer than `unsentBytes`. */
  readonly sender: { readonly unsent: { readonly crowded: boolean } }
  readonly closed: boolean
  beginRequest(stream: Http2Stream, headers: HeaderList, ended: boolean): void
  fail(error: unknown): void
}

/**
 * Holds what waits on a server's connection until its peer takes replies: requests that have not begun, and replies that are not encoded.
 *
 * Requests wait here instead of being refused or left in the socket. So a client that reads slowly loses no call, and the WINDOW_UPDATE
 * that makes room is read although it comes after requests.
 */
export class Backlog implements UnsentListener {
  // Made when something waits, since an idle connection would keep them.
  private requests: Set<WaitingRequest> | undefined = undefined
  private replies: Map<Http2Stream, () => void> | undefined = undefined
  private begun = 0
  private allowance = FIRST_BATCH
  private scheduled = false

  constructor(private readonly host: BacklogHost) {}

  /** Whether a request may begin now. If so, it counts as begun. */
  admits(): boolean {
    if (this.begun >= this.allowance || this.hasRequests || this.crowded) return false
    this.begun++
    return true
  }

  /** Holds a request, and what arrives for it, until there is room. */
  add(stream: Http2Stream, headers: HeaderList, ended: boolean): void {
    this.requests ??= new Set()
    const request = new WaitingRequest({ stream, headers, ended }, this.requests)
    stream.handler = request
    this.requests.add(request)
    if (!this.crowded) this.schedule()
  }

  room(stream: Http2Stream): Promise<void> {
    this.replies ??= new Map()
    const { replies } = this
    return new Promise(resolve => replies.set(stream, resolve))
  }

  streamClosed(stream: Http2Stream): void {
    if (this.replies === undefined || this.replies.size === 0) return
    this.replies.get(stream)?.()
    this.replies.delete(stream)
  }

  hasRoom(): void {
    this.begun = 0
    this.allowance = FIRST_BATCH
    if (this.hasRequests || (this.replies !== undefined && this.replies.size > 0)) this.schedule()
  }

  private get hasRequests(): boolean {
    return this.requests !== undefined && this.requests.size > 0
  }

  private get crowded(): boolean {
    return this.host.sender.unsent.crowded
  }

  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    setImmediate(run, this)
  }

  /** A turn of what waits. */
  run(): void {
    this.scheduled = false
    if (this.host.closed || this.crowded) return
    // One reply per turn, because its size is known only after encoding.
    for (const [stream, resolve] of this.replies ?? []) {
      this.replies?.delete(stream)
      resolve()
      this.schedule()
      return
    }
    this.begun = 0
    this.allowance = this.allowance < LAST_BATCH ? this.allowance * 2 : Number.POSITIVE_INFINITY
    try {
      this.beginRequests()
    } catch (error) {
      this.host.fail(error)
    }
  }

  private beginRequests(): void {
    for (const request of this.requests ?? []) {
      if (this.crowded || this.host.closed) return
      if (this.begun >= this.allowance) {
        this.schedule()
        return
      }
      this.begun++
      this.requests?.delete(request)
      request.begin(this.host)
    }
  }
}

function run(backlog: Backlog): void {
  backlog.run()
}

interface Request {
  readonly stream: Http2Stream
  readonly headers: HeaderList
  readonly ended: boolean
}

/** Collects the data of a request that has not begun. It is not consumed, so the stream's window bounds it. */
class WaitingRequest implements StreamHandler {
  private readonly chunks: Buffer[] = []
  private dataEnded = false
  private trailers: HeaderList | undefined

  constructor(
    private readonly request: Request,
    private readonly waiting: Set<WaitingRequest>,
  ) {}

  begin(host: BacklogHost): void {
    const { stream, headers, ended } = this.request
    const { chunks, dataEnded, trailers } = this
    host.beginRequest(stream, headers, ended)
    if (!stream.closed && (chunks.length > 0 || dataEnded))
      stream.handler.onData(stream, Buffer.concat(chunks), dataEnded)
    if (!stream.closed && trailers !== undefined) stream.handler.onTrailers(stream, trailers)
  }

  onHeaders(): void {}

  onData(_stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    // A copy: a view of a few bytes would keep all that the socket read with them.
    if (chunk.length > 0) this.chunks.push(Buffer.from(chunk))
    this.dataEnded = ended
  }

  onTrailers(_stream: Http2Stream, headers: HeaderList): void {
    this.trailers = headers
  }

  onReset(): void {
    this.waiting.delete(this)
  }

  onDrain(): void {}
}
