import { contentType as avroType } from '../../protocols/avro/http-message.js'
import { AvroWireReader } from './avro.js'
import { type Exchange, type Head, HttpCall, type RequestHead } from './http-call.js'
import { begin, type Reading, type SeenCall, type WireReader } from './seen.js'
import { ThriftWireReader } from './thrift.js'

/** A call over HTTP, read by its content type. */
export function exchangeOf(head: RequestHead, reading: Reading): Exchange {
  const { contentType } = head
  if (contentType === avroType || /^application\/(?:x-thrift|vnd\.apache\.thrift\.)/.test(contentType))
    return new PostedCall(head, reading)
  return new HttpCall(head, reading)
}

/** A message of Thrift or Avro in the body of a POST, and its reply in that of the response. */
class PostedCall implements Exchange {
  private readonly reader: WireReader
  private readonly wire: string
  private told: SeenCall | undefined
  private status = 0

  constructor(
    private readonly posted: RequestHead,
    reading: Reading,
  ) {
    const tell = (call: SeenCall) => {
      this.told = call
    }
    this.wire = posted.contentType === avroType ? 'avro' : 'thrift'
    this.reader = this.wire === 'avro' ? new AvroWireReader(tell, reading) : new ThriftWireReader(tell, reading)
  }

  request(chunk: Buffer): void {
    this.reader.fromClient(chunk)
  }

  head(status: number, _head: Head): void {
    this.status = status
  }

  reply(chunk: Buffer): void {
    if (this.status === 200) this.reader.fromServer(chunk)
  }

  end(): SeenCall | undefined {
    // The server did not know the client's protocol; the client sends the call again with it.
    if (this.wire === 'avro' && this.status === 200 && this.told === undefined) return undefined
    return this.abort(`HTTP ${this.status}`)
  }

  /** A call that was told of has its own code, as a one-way call has without a reply. */
  abort(code: string): SeenCall {
    const hadReply = this.told !== undefined
    if (!hadReply) this.reader.ended()
    const { headers, path } = this.posted
    const call = this.told ?? begin(this.wire, path.slice(1))
    return { ...call, code: hadReply ? call.code : code, headers: [...headers, ...call.headers] }
  }
}
