import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpSocket } from './goodbye.js'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** The most requests of one connection that run at once. Their replies wait for one another anyway. */
const mostAtOnce = 16

/**
 * Holds back requests that a client pipelines.
 *
 * Problem: HTTP/1.1 sends replies in order, and Node parses all requests of a chunk. A client that asks for 1,000 replies and reads none
 * makes the server hold all of them. So a pipelined request is served only while fewer than 16 requests of its connection run and their
 * replies do not exceed `limits.unsentBytes`. Until then the connection is not read. Clients that do not pipeline are not affected.
 */
export class Pipelines {
  private readonly pipelines = new Map<HttpSocket, Pipeline>()

  constructor(
    private readonly unsentBytes: number,
    private readonly serve: Listener,
  ) {}

  /** Serves the request now, or later when its turn comes. */
  enter(request: IncomingMessage, response: ServerResponse): void {
    const socket: HttpSocket = request.socket
    const pipeline = this.pipelines.size === 0 ? undefined : this.pipelines.get(socket)
    if (pipeline !== undefined) pipeline.enter(request, response)
    else if (socket._httpMessage === response) this.serve(request, response)
    else this.begin(socket).enter(request, response)
  }

  private begin(socket: HttpSocket): Pipeline {
    const pipeline = new Pipeline(socket, this.unsentBytes, {
      serve: this.serve,
      ended: () => this.pipelines.delete(socket),
    })
    this.pipelines.set(socket, pipeline)
    return pipeline
  }
}

interface Owner {
  readonly serve: Listener
  /** Called when no request of the connection is served or held. */
  ended(): void
}

class Pipeline {
  /** Responses that were not sent completely. */
  private readonly active = new Set<ServerResponse>()
  private readonly held: [IncomingMessage, ServerResponse][] = []

  constructor(
    private readonly socket: HttpSocket,
    private readonly unsentBytes: number,
    private readonly owner: Owner,
  ) {
    // The response that the first pipelined request follows.
    if (socket._httpMessage) this.follow(socket._httpMessage)
    socket.once('close', this.close)
    socket.on('resume', this.keepPaused)
  }

  enter(request: IncomingMessage, response: ServerResponse): void {
    if (this.held.length === 0 && this.hasRoom) this.begin(request, response)
    else if (this.held.push([request, response]) === 1) this.socket.pause()
  }

  private get hasRoom(): boolean {
    if (this.active.size >= mostAtOnce) return false
    let unsent = 0
    for (const response of this.active) unsent += response.writableLength
    return unsent <= this.unsentBytes
  }

  private begin(request: IncomingMessage, response: ServerResponse): void {
    this.follow(response)
    this.owner.serve(request, response)
  }

  private follow(response: ServerResponse): void {
    this.active.add(response)
    response.once('close', () => {
      this.active.delete(response)
      this.proceed()
    })
  }

  private proceed(): void {
    if (this.socket.destroyed) return
    const wasHolding = this.held.length > 0
    while (this.hasRoom) {
      const next = this.held.shift()
      if (next === undefined) break
      this.begin(...next)
    }
    if (wasHolding && this.held.length === 0) this.socket.resume()
    if (this.active.size === 0) this.end()
  }

  /** Node resumes a connection whenever one of its requests is read. */
  private readonly keepPaused = (): void => {
    if (this.held.length > 0) this.socket.pause()
  }

  private readonly close = (): void => {
    this.held.length = 0
    this.end()
  }

  private end(): void {
    this.socket.off('close', this.close)
    this.socket.off('resume', this.keepPaused)
    this.owner.ended()
  }
}
