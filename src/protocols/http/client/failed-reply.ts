import { encodings } from '../../../codecs/compression.js'
import { isObject } from '../../../codecs/values/fault.js'
import { Code } from '../../../core/code.js'
import { Headers } from '../../../core/headers.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { codeOfHttpStatus, unexpectedReply } from '../../failures.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import { mediaTypeOf } from '../content-type.js'
import { codeAtBeginning, errorFromJson, longestErrorBytes, readJson } from '../error-json.js'
import type { BoundMethod } from './bound-method.js'
import { addPushback } from './pushback.js'
import type { ReplyHead } from './reply-head.js'

/**
 * The body of a reply that is an error, or not ours at all. Of an error over `longestErrorBytes`, or over the limit of a message where that is
 * more, only the code is read.
 */
export class FailedReply {
  private body = new GatheredBytes()
  private size = 0
  private readonly isJson: boolean
  /** Bytes that are kept of the body. */
  private readonly most: number

  constructor(
    private readonly method: BoundMethod,
    private readonly head: ReplyHead,
    private readonly address: string,
  ) {
    // With status 200 it is not an error but a message, in a codec that was not asked for.
    this.isJson = head.status !== 200 && mediaTypeOf(head.contentType) === 'application/json'
    this.most = Math.max(longestErrorBytes, method.messageBytes)
  }

  /** @returns false: enough, the rest is not worth waiting for */
  push(chunk: Buffer): boolean {
    this.size += chunk.byteLength
    if (this.size <= this.most || this.body.length === 0) this.body.add(chunk)
    return this.size <= this.most
  }

  /** The error that the reply stands for, when all of it is there. Never rejects. */
  async complete(): Promise<RpcError> {
    const encoding = encodings.get(this.head.encoding ?? '')
    if (encoding === undefined) return this.toError()
    const body = await encoding.decompress(this.body.all(), this.most, Code.internal).catch(() => none)
    this.body = new GatheredBytes()
    this.body.add(body)
    return this.toError()
  }

  /** The same by what there is of it: by its JSON, else by its status. */
  toError(): RpcError {
    const { status, headers, trailers, contentType } = this.head
    addPushback(status, headers)
    const json = this.isJson ? this.read(this.body.all()) : undefined
    const own = [...headers, ...trailers]
    const delivery = this.head.isRefused ? 'refused' : 'unknown'
    if (!isObject(json)) {
      const isOtherCodec = this.method.isOtherCodec(mediaTypeOf(contentType))
      const about = { address: this.address, status, contentType, delivery, isOtherCodec } as const
      return unexpectedReply(this.method.path, own.length === 0 ? about : { ...about, headers: Headers.adopt(own) })
    }
    return errorFromJson(json, {
      details: this.method.details,
      code: codeOfHttpStatus(status),
      message: `${this.method.path}: HTTP status ${status}`,
      headers: own,
      delivery,
    })
  }

  private read(bytes: Uint8Array): unknown {
    if (this.size <= this.most) return readJson(bytes)
    const code = codeAtBeginning(bytes)
    return code && { code, message: `${this.method.path}: the error is larger than ${this.most} bytes` }
  }
}

const none = new Uint8Array(0)
