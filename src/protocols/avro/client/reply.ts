import type { AvroReader } from '../../../codecs/avro/reader.js'
import { asInvalidMessage, Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { Call } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { Headers } from '../../../core/headers.js'
import { type Delivery, RpcError } from '../../../core/rpc-error.js'
import { replyHeadersTooLarge, unreadableReply } from '../../failures.js'
import { refusedHeader } from '../../protocol.js'
import { Metadata } from '../metadata.js'
import type { MethodReads } from '../signature.js'

export interface ReplyOptions {
  readonly reads: MethodReads
  /** The most bytes of metadata. */
  readonly headerBytes: number
}

/**
 * Reads a reply, and passes its headers and trailers to the call.
 * @throws RpcError the server's error; `internal` (`malformed_reply`) if it is not a reply
 */
export function readReply(from: AvroReader, call: ActiveCall, { reads, headerBytes }: ReplyOptions): unknown {
  let error: RpcError
  try {
    const metadata = new Metadata(from, headerBytes)
    if (metadata.headers !== undefined) call.receiveReplyHeaders(metadata.headers)
    if (metadata.trailers !== undefined) call.receiveReplyTrailers(metadata.trailers)
    if (!from.boolean()) return reads.readReply(from)
    error = readError(from, reads, metadata)
  } catch (fault) {
    throw unreadable(fault, call, headerBytes)
  }
  throw error
}

function unreadable(cause: unknown, { method: { path } }: Call, headerBytes: number): unknown {
  if (cause instanceof Fault) return unreadableReply(asInvalidMessage(cause, 'the reply'), path)
  const isOfHeaders = cause instanceof RpcError && cause.reason === 'headers_too_large'
  return isOfHeaders ? replyHeadersTooLarge(path, headerBytes, { cause }) : cause
}

/** @throws Fault */
function readError(from: AvroReader, reads: MethodReads, metadata: Metadata): RpcError {
  const { code = Code.unknown, details = [], headers } = metadata
  const delivery: Delivery = find(metadata, refusedHeader) === undefined ? 'unknown' : 'refused'
  const received = headers === undefined ? undefined : Headers.adopt(headers)
  // It is only about this call: an error that is passed on must not carry it.
  received?.delete(refusedHeader)
  const carried = { details, delivery, ...(received !== undefined && { headers: received }) }
  const index = from.int()
  if (index === 0) {
    const message = from.string()
    from.finish()
    return new RpcError(message, code, carried)
  }
  const error = reads.readError(from, index)
  if (error === undefined) throw new Fault(`an error of branch ${index}, which the server does not declare`)
  if (typeof error === 'string') return new RpcError(metadata.message ?? `the server threw ${error}`, code, carried)
  // Other peers send neither code nor message. Then the error keeps those of its class.
  const known: { message?: string } = {
    ...carried,
    ...(metadata.code !== undefined && { code }),
    ...(metadata.message !== undefined && { message: metadata.message }),
  }
  if (error.message === '') known.message ??= `the server threw ${error.constructor.name}`
  return Object.assign(error, known)
}

function find({ headers = [] }: Metadata, name: string): unknown {
  for (let at = 0; at < headers.length; at += 2) if (headers[at] === name) return headers[at + 1]
  return undefined
}
