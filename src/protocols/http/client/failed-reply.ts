import { encodings } from '../../../codecs/compression.js'
import { Code } from '../../../core/code.js'
import { Headers } from '../../../core/headers.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { codeOfHttpStatus, unexpectedReply } from '../../failures.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import { mediaTypeOf } from '../content-type.js'
import { errorFromJson, isRecord, longestErrorBytes, readJson } from '../error-json.js'
import type { BoundMethod } from './bound-method.js'
import { addPushback } from './pushback.js'
import type { ReplyHead } from './reply-head.js'

/** The body of a reply that is an error, or not ours at all. Of one over `longestErrorBytes` only the status counts. */
export class FailedReply {
  private body = new GatheredBytes()
  private size = 0
  private readonly isJson: boolean

  constructor(
    private readonly method: BoundMethod,
    private readonly head: ReplyHead,
    private readonly address: string,
  ) {
    this.isJson = mediaTypeOf(head.contentType) === 'application/json'
  }

  /** @returns false: enough, the rest is not worth waiting for */
  push(chunk: Buffer): boolean {
    this.size += chunk.byteLength
    if (this.isJson && this.size <= longestErrorBytes) this.body.add(chunk)
    return this.size <= longestErrorBytes
  }

  /** The error that the reply stands for, when all of it is there. Never rejects. */
  async complete(): Promise<RpcError> {
    const encoding = encodings.get(this.head.encoding ?? '')
    if (encoding === undefined) return this.toError()
    const body = await encoding.decompress(this.body.all(), longestErrorBytes, Code.internal).catch(() => none)
    this.body = new GatheredBytes()
    this.body.add(body)
    return this.toError()
  }

  /** The same by what there is of it: by its JSON, else by its status. */
  toError(): RpcError {
    const { status, headers, trailers, contentType } = this.head
    addPushback(status, headers)
    const json = this.isJson && this.size <= longestErrorBytes ? readJson(this.body.all()) : undefined
    const own = [...headers, ...trailers]
    const delivery = this.head.isRefused ? 'refused' : 'unknown'
    if (!isRecord(json)) {
      const about = { address: this.address, status, contentType, delivery } as const
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
}

const none = new Uint8Array(0)
