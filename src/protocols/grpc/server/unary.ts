import { giveBack } from '../../../codecs/bytes/large-memory.js'
import { settle } from '../../../core/engine-handler.js'
import { checkMessageSize } from '../../../core/limits.js'
import type { Outcome } from '../../../core/outcome.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { Http2Stream } from '../../../http2/stream.js'
import { unparsedRequest, wrongRequestCount } from '../../failures.js'
import { compress, frame, isWhole, MessageReader, prefixSize } from '../../length-prefixed.js'
import { decompress } from '../compression.js'
import { cutOff, frameRules, isCompressed } from '../framing.js'
import { ServedCall } from './served-call.js'

/** A call with one request and one reply. A request within one chunk, as nearly all are, is decoded without a copy. */
export class UnaryCall extends ServedCall implements Outcome {
  private reader: MessageReader | undefined = undefined
  /** Whether the handler was called, or the request refused. */
  private begun = false
  private bytes: Buffer = noBytes
  private compressed = false
  private isOwn = false

  onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    try {
      if (this.begun) this.surplus(chunk)
      else if (this.reader === undefined && isWhole(chunk)) this.whole(chunk)
      else this.partial(chunk, ended)
    } catch (error) {
      this.refuse(RpcError.from(unparsedRequest(error, this.method.path)))
    }
    if (chunk.length > 0) stream.consume(chunk.length)
  }

  onDrain(): void {}

  /** If only the end of the request's stream is missing, the reply ends both. */
  onOverdue(): void {
    if (!this.begun) this.refuse(this.overdue())
  }

  private whole(chunk: Buffer): void {
    const { limits } = this.connection.settings
    const compressed = isCompressed(chunk[0] as number)
    checkMessageSize(chunk.length - prefixSize, limits.messageBytes)
    this.begin(chunk.subarray(prefixSize), { compressed, isOwn: false })
  }

  private partial(chunk: Buffer, ended: boolean): void {
    this.reader ??= new MessageReader(frameRules(this.connection.settings.limits.messageBytes))
    const { reader } = this
    reader.push(chunk)
    if (reader.ready) {
      const bytes = reader.take()
      if (reader.buffered > 0) throw wrongRequestCount(this.method.path, 'more than one')
      this.begin(bytes, reader)
    } else if (ended) {
      throw reader.isAtBoundary ? wrongRequestCount(this.method.path, 'none') : cutOff()
    }
  }

  private begin(bytes: Buffer, { compressed, isOwn }: { compressed: boolean; isOwn: boolean }): void {
    this.begun = true
    this.stream.traffic.messagesReceived++
    this.bytes = bytes
    this.compressed = compressed
    this.isOwn = isOwn
    this.stream.hold()
    settle(this.served.method.handler, this, this)
  }

  override receive(): Promise<void> | undefined {
    this.wireMessage('received', this.bytes.length)
    if (this.compressed) return this.inflate()
    const bytes = this.bytes
    this.bytes = noBytes
    this.message = this.decode(bytes, this.isOwn)
    return undefined
  }

  private async inflate(): Promise<void> {
    const { encoding } = this.head
    const plain = await decompress(this.bytes, encoding, this.connection.settings.limits.messageBytes)
    this.bytes = noBytes
    this.message = this.decode(plain, true)
  }

  private decode(bytes: Uint8Array, isOwn: boolean): unknown {
    try {
      this.observed?.message('received', bytes.length)
      return this.served.request.decode(bytes, isOwn)
    } catch (error) {
      throw unparsedRequest(error, this.method.path)
    }
  }

  fulfil(reply: unknown): void {
    try {
      const sending = this.stream.crowded ? this.sendLater(reply) : this.send(reply)
      sending?.catch(error => this.fail(RpcError.from(error)))
    } catch (error) {
      this.fail(RpcError.from(error))
    }
  }

  reject(error: unknown): void {
    this.fail(RpcError.from(error))
  }

  /** The connection takes no replies now. The end is told when this one has been encoded, with its bytes or why it could not be. */
  private async sendLater(reply: unknown): Promise<void> {
    this.observed?.holdEnd()
    try {
      await this.stream.room()
      await this.send(reply)
    } finally {
      this.observed?.releaseEnd()
    }
  }

  private send(reply: unknown): Promise<void> | undefined {
    return this.stream.closed ? undefined : this.sendReply(reply)
  }

  private sendReply(reply: unknown): Promise<void> | undefined {
    try {
      const framed = frame(this.served.reply, reply)
      this.observed?.message('sent', framed.length - prefixSize)
      const compression = this.compressMessages ? this.replyCompression : undefined
      const compressing = compression === undefined ? undefined : compress(framed, compression)
      if (compressing !== undefined) {
        this.observed?.holdEnd()
        return compressing.then(small => this.sendFramed(small ?? framed)).finally(() => this.observed?.releaseEnd())
      }
      this.sendFramed(framed)
      return undefined
    } catch (error) {
      throw this.brokenReply(error)
    }
  }

  private sendFramed(framed: Uint8Array): void {
    if (this.stream.closed) return
    if (!this.stream.headersSent) this.sendHead()
    this.stream.write(framed, giveBack)
    this.stream.traffic.messagesSent++
    this.wireMessage('sent', framed.length - prefixSize)
    this.sendDone()
  }

  /** Handles bytes after the only message. */
  private surplus(chunk: Buffer): void {
    if (chunk.length === 0 || this.stream.ending) return
    const error = wrongRequestCount(this.method.path, 'more than one')
    this.cancel(error)
    this.fail(error)
  }

  /** Ends a call whose handler was never called. */
  private refuse(error: RpcError): void {
    const { settings, peer } = this.connection
    settings.observer?.callRefused?.({ path: this.method.path, peer, error })
    this.begun = true
    this.fail(error)
    this.finish()
  }
}

const noBytes = Buffer.alloc(0)
