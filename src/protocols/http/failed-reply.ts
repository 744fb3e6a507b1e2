import type { RpcError } from '../../core/rpc-error.js'
import type { BoundMethod } from './bound-method.js'
import { mediaTypeOf } from './content-type.js'
import { errorFromJson } from './error-json.js'
import { addPushback } from './pushback.js'
import type { ReplyHead } from './reply-head.js'
import { codeOfStatus } from './status.js'

/** An error body is read up to here; of a longer one only the status counts. */
const longestErrorBody = 1024 * 1024

/** The body of a reply that is an error, or not ours at all. */
export class FailedReply {
  private readonly chunks: Buffer[] = []
  private size = 0
  private readonly isJson: boolean

  constructor(
    private readonly method: BoundMethod,
    private readonly head: ReplyHead,
  ) {
    this.isJson = mediaTypeOf(head.contentType) === 'application/json'
  }

  /** @returns false: enough, the rest is not worth waiting for */
  push(chunk: Buffer): boolean {
    this.size += chunk.byteLength
    if (this.isJson && this.size <= longestErrorBody) this.chunks.push(chunk)
    return this.size <= longestErrorBody
  }

  /** The error that the reply stands for: by its JSON, else by its status. */
  toError(): RpcError {
    const { status, headers, trailers, contentType } = this.head
    addPushback(status, headers)
    const json = this.isJson && this.size <= longestErrorBody ? parsed(Buffer.concat(this.chunks)) : undefined
    return errorFromJson(json, {
      details: this.method.details,
      code: codeOfStatus(status),
      message: `${this.method.path}: HTTP ${status}${contentType === '' ? '' : ` with ${contentType}`}, which is no reply of an RPC server`,
      headers: [...headers, ...trailers],
      delivery: this.head.isRefused ? 'refused' : 'unknown',
    })
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return undefined
  }
}
