import { type Frame, FrameReader, type FrameSink } from '../../http2/frame-reader.js'
import { CONTINUATION, END_STREAM, HEADERS, RST_STREAM } from '../../http2/frames.js'
import { HeaderAssembly } from '../../http2/header-assembly.js'
import type { HeaderList } from '../../http2/header-list.js'
import { HpackDecoder } from '../../http2/hpack-decoder.js'
import type { Fields } from './call-end.js'
import type { Exchange } from './http-call.js'
import { exchangeOf } from './posted-call.js'
import type { Reading, Tell, WireReader } from './seen.js'

const longestList = 1_048_576

interface Stream {
  readonly call: Exchange
  trailers: Fields | undefined
}

/** Reads the streams of an HTTP/2 connection. */
export class Http2Reader implements WireReader {
  private readonly streams = new Map<number, Stream>()
  private readonly client = new FrameReader(new Direction(this, true), true)
  private readonly server = new FrameReader(new Direction(this, false), false)

  constructor(
    private readonly tell: Tell,
    private readonly reading: Reading,
  ) {}

  fromClient(chunk: Buffer): void {
    this.client.receive(chunk)
  }

  fromServer(chunk: Buffer): void {
    this.server.receive(chunk)
  }

  ended(): void {
    for (const { call } of this.streams.values()) this.tell(call.abort('connection lost'))
    this.streams.clear()
  }

  headers(id: number, list: HeaderList, { isClient, endsStream }: { isClient: boolean; endsStream: boolean }): void {
    const stream = this.streams.get(id)
    const head = { contentType: list.get('content-type') ?? '', header: (name: string) => list.get(name) }
    if (isClient && stream === undefined && list.path !== '') {
      const call = exchangeOf({ path: list.path, headers: list.fields, ...head }, this.reading)
      this.streams.set(id, { call, trailers: undefined })
      return
    }
    if (isClient || stream === undefined || list.isInformational) return
    if (list.status > 0) stream.call.head(list.status, head)
    if (list.get('grpc-status') !== undefined) stream.trailers = head.header
    if (endsStream) this.close(id, stream)
  }

  data(id: number, chunk: Buffer, { isClient, endsStream }: { isClient: boolean; endsStream: boolean }): void {
    const stream = this.streams.get(id)
    if (stream === undefined) return
    if (isClient) stream.call.request(chunk)
    else {
      if (chunk.length > 0) stream.call.reply(chunk)
      if (endsStream) this.close(id, stream)
    }
  }

  reset(id: number, isClient: boolean): void {
    const stream = this.streams.get(id)
    if (stream === undefined) return
    this.streams.delete(id)
    this.tell(stream.call.abort(isClient ? 'canceled' : 'reset'))
  }

  private close(id: number, { call, trailers }: Stream): void {
    this.streams.delete(id)
    const seen = call.end(trailers)
    if (seen !== undefined) this.tell(seen)
  }
}

/** One direction of a connection, with its own header table. */
class Direction implements FrameSink {
  private readonly decoder = new HpackDecoder(longestList)
  private readonly assembly = new HeaderAssembly({ maxContinuations: 100, maxHeaderList: longestList })

  constructor(
    private readonly owner: Http2Reader,
    private readonly isClient: boolean,
  ) {}

  dataBegins(): void {}

  dataArrives({ streamId, flags, left, bytes, start, end }: Frame): void {
    const endsStream = left === 0 && (flags & END_STREAM) !== 0
    this.owner.data(streamId, bytes.subarray(start, end), { isClient: this.isClient, endsStream })
  }

  arrives(frame: Frame): void {
    if (frame.type === RST_STREAM) this.owner.reset(frame.streamId, this.isClient)
    if (frame.type !== HEADERS && frame.type !== CONTINUATION) return
    const { assembly } = this
    if (!(frame.type === HEADERS ? assembly.add(frame) : assembly.next(frame))) return
    const list = this.decoder.decode(assembly.bytes, assembly.start, assembly.end)
    this.owner.headers(assembly.streamId, list, { isClient: this.isClient, endsStream: assembly.endsStream })
  }
}
