import type { AvroWriter } from '../../codecs/avro-writer.js'
import type { ActiveCall } from '../../core/active-call.js'
import { Headers } from '../../core/headers.js'
import { isRefusal, refusedHeader } from '../../core/refusal.js'
import type { RpcError } from '../../core/rpc-error.js'
import { endMetadata, writeErrorEntries, writeHeaders, writeTrailers } from './metadata.js'
import type { MethodWrites } from './method-format.js'

/** A reply: metadata, the error flag unset, the response. Source: Avro specification, "Call Format". @throws RpcError as the codec does */
export function writeReply(out: AvroWriter, { writes, call }: Answered, reply: unknown): void {
  writeReplyHeaders(out, call)
  endMetadata(out)
  out.boolean(false)
  writes.writeReply(out, reply)
}

const refusedHeaders = new Headers({ [refusedHeader]: '1' })

export interface Answered {
  readonly writes: MethodWrites
  readonly call: ActiveCall
}

/**
 * An error: metadata with its code, the error flag, and the error union: a declared error as its record, any other as text.
 * @param answered undefined where there was no call
 * @throws RpcError as the codec does, where a declared error cannot be written
 */
export function writeError(out: AvroWriter, error: RpcError, answered?: Answered): void {
  const index = answered?.writes.indexOf(error) ?? -1
  if (answered !== undefined) writeReplyHeaders(out, answered.call)
  if (isRefusal(error)) writeHeaders(out, refusedHeaders)
  writeErrorEntries(out, error, index >= 0)
  endMetadata(out)
  out.boolean(true)
  if (answered !== undefined && index >= 0) {
    answered.writes.writeError(out, error, index)
  } else {
    out.int(0)
    out.string(error.message)
  }
}

function writeReplyHeaders(out: AvroWriter, call: ActiveCall): void {
  const { replyHeadersIfAny: headers, replyTrailersIfAny: trailers } = call
  if (headers !== undefined) writeHeaders(out, headers)
  if (trailers !== undefined) writeTrailers(out, trailers)
}

/** The answer to a ping: no metadata, no error, null. */
export function writePong(out: AvroWriter): void {
  endMetadata(out)
  out.boolean(false)
}
