import { encodings } from '../../../codecs/compression.js'
import { isObject } from '../../../codecs/values/fault.js'
import { Code } from '../../../core/code.js'
import { Headers } from '../../../core/headers.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { codeOfHttpStatus, unexpectedReply } from '../../failures.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import { longestErrorBytes } from '../error-json.js'
import { codeAtBeginning, errorFromJson, readJson } from '../read-error.js'
import type { BoundMethod } from './bound-method.js'
import { addPushback } from './pushback.js'
import type { ReplyHead } from './reply-head.js'

/**
 * The body of a reply that is an error, or that does not come from a Connect server. Of an error over `longestErrorBytes`, or over the
 * limit of a message if that is more, only the code is read.
 */
export class FailedReply {
  private body = new GatheredBytes()
  private size = 0
  private readonly isJson: boolean
  /** The most bytes of the body that are kept. */
  private readonly most: number

  constructor(
    private readonly method: BoundMethod,
    private readonly head: ReplyHead,
    private readonly address: string,
  ) {
    // With status 200 it is a message in another codec.
    this.isJson = head.status !== 200 && head.mediaType === 'application/json'
    this.most = Math.max(longestErrorBytes, method.messageBytes)
  }

  /** @returns false if the rest is not needed */
  push(chunk: Buffer): boolean {
    this.size += chunk.byteLength
    if (this.size <= this.most || this.body.length === 0) this.body.add(chunk)
    return this.size <= this.most
  }

  /** The error of the whole reply. Never rejects. */
  async complete(): Promise<RpcError> {
    const encoding = encodings.get(this.head.encoding ?? '')
    if (encoding === undefined) return this.toError()
    const body = await encoding.decompress(this.body.all(), this.most, Code.internal).catch(() => none)
    this.body = new GatheredBytes()
    this.body.add(body)
    return this.toError()
  }

  /** The error by what has arrived: by its JSON, or else by its status. */
  toError(): RpcError {
    const { status, trailers, contentType, mediaType } = this.head
    const headers = [...this.head.headers]
    addPushback(status, headers)
    const json = this.isJson ? this.read(this.body.all()) : undefined
    const received = [...headers, ...trailers]
    const own = received.length > 0 ? Headers.adopt(received) : undefined
    const delivery = this.head.isRefused ? 'refused' : 'unknown'
    if (!isObject(json)) {
      const isOtherCodec = this.method.isOtherCodec(mediaType)
      const about = { address: this.address, status, contentType, delivery, isOtherCodec, said: this.hint } as const
      return unexpectedReply(this.method.path, own === undefined ? about : { ...about, headers: own })
    }
    return errorFromJson(json, {
      details: this.method.details,
      code: codeOfHttpStatus(status),
      message: `${this.method.path}: HTTP status ${status}`,
      headers: own,
      delivery,
    })
  }

  /** What to do if the server does not take what it was sent. */
  private get hint(): string {
    const { status, acceptPost } = this.head
    if (status !== 415) return ''
    if (acceptPost !== undefined) return `it takes ${acceptPost.slice(0, mostHint)}; choose another codec`
    return 'it takes no calls over HTTP; a server of gRPC is called with grpc:// or grpcs://'
  }

  private read(bytes: Uint8Array): unknown {
    if (this.size <= this.most) return readJson(bytes)
    const code = codeAtBeginning(bytes)
    return code && { code, message: `${this.method.path}: the error is larger than ${this.most} bytes` }
  }
}

const none = new Uint8Array(0)

/** Characters of a header that an error repeats. */
const mostHint = 500
