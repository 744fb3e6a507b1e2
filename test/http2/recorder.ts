import type { Http2Error } from '../../src/http2/error.js'
import type { HeaderList } from '../../src/http2/header-list.js'
import type { Http2Stream, StreamHandler } from '../../src/http2/stream.js'

/** A stream handler that keeps what it is told, consumes at once, and settles `done` at the end of the stream. */
export class Recorder implements StreamHandler {
  headers: HeaderList | undefined
  trailers: HeaderList | undefined
  error: Http2Error | undefined
  ended = false
  drains = 0
  readonly chunks: Buffer[] = []
  readonly done: Promise<void>
  private settle: () => void = () => {}

  constructor(private readonly consumes = true) {
    this.done = new Promise(resolve => {
      this.settle = resolve
    })
  }

  get body(): Buffer {
    return Buffer.concat(this.chunks)
  }

  onHeaders(_stream: Http2Stream, headers: HeaderList, ended: boolean): void {
    this.headers = headers
    if (ended) this.finish()
  }

  onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    this.chunks.push(Buffer.from(chunk))
    if (this.consumes) stream.consume(chunk.length)
    if (ended) this.finish()
  }

  onTrailers(_stream: Http2Stream, headers: HeaderList): void {
    this.trailers = headers
    this.finish()
  }

  onReset(_stream: Http2Stream, error: Http2Error): void {
    this.error = error
    this.settle()
  }

  onDrain(): void {
    this.drains++
  }

  private finish(): void {
    this.ended = true
    this.settle()
  }
}
