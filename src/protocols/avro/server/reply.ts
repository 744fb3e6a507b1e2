import type { AvroWriter } from '../../../codecs/avro/writer.js'
import type { ActiveCall } from '../../../core/active-call.js'
import { sentDetails } from '../../../core/error-detail.js'
import type { HeaderValue } from '../../../core/headers.js'
import { Headers } from '../../../core/headers.js'
import type { Limits } from '../../../core/limits.js'
import { isRefusal, refusedHeader } from '../../../core/refusal.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { divide, errorTooLarge, headerListSize, replyHeadersTooLarge } from '../../header-room.js'
import { costOf, shortened, shortMessage, utf8Size } from '../../shortened.js'
import { detailsSize, endMetadata, replyMetadata, writeErrorEntries, writeHeaders, writeList } from '../metadata.js'
import type { MethodWrites } from '../signature.js'

/** Bytes of an error's own metadata: its code, and the names of its entries. */
const ownMetadata = 256

/**
 * Writes a reply: metadata, the error flag unset, the response. Source: Avro specification, "Call Format".
 * @throws RpcError of the codec, or if the metadata is larger than the client takes
 */
export function writeReply(out: AvroWriter, { writes, call, limits }: Answered, reply: unknown): void {
  const metadata = metadataOf(call)
  const size = metadata.length === 0 ? 0 : headerListSize(metadata)
  if (size > limits.headerBytes) throw replyHeadersTooLarge(call.method.path, size, limits.headerBytes)
  writeList(out, metadata)
  endMetadata(out)
  out.boolean(false)
  writes.writeReply(out, reply)
}

const refusedHeaders = new Headers({ [refusedHeader]: '1' })

export interface Answered {
  readonly writes: MethodWrites
  readonly call: ActiveCall
  /** The server's own limits: the client's are unknown. */
  readonly limits: Limits
}

/**
 * Writes an error: metadata with its code, the error flag, and the error union, which is a record for a declared error and text for any
 * other.
 * @returns the names of the parts that were left out because they are too large
 * @throws RpcError if a declared error cannot be written, or is over the limit of a message
 */
export function writeError(out: AvroWriter, error: RpcError, { writes, call, limits }: Answered): readonly string[] {
  const index = writes.indexOf(error)
  const start = out.size
  const dropped = writeErrorHead(out, error, { limits, call, isRecord: index >= 0 })
  if (index < 0) writeText(out, error, limits)
  else {
    writes.writeError(out, error, index)
    if (out.size - start > limits.messageBytes) throw errorTooLarge(out.size - start, limits.messageBytes)
  }
  return dropped
}

/** Writes only the code and the message of an error. */
export function writePlainError(out: AvroWriter, error: RpcError, limits: Limits): void {
  writeErrorHead(out, error, { limits, call: undefined, isRecord: false })
  writeText(out, error, limits)
}

interface ErrorHead {
  readonly limits: Limits
  readonly call: ActiveCall | undefined
  /** Whether the error is sent as a record, which has no place for the message. */
  readonly isRecord: boolean
}

function writeErrorHead(out: AvroWriter, error: RpcError, { limits, call, isRecord }: ErrorHead): readonly string[] {
  const { code, message } = error
  const details = sentDetails(error)
  const asked = [...metadataOf(call), ...replyMetadata(error.headers, undefined)]
  const shares = divide(limits.headerBytes - ownMetadata, {
    message: isRecord ? costOf(message, limits.headerBytes, utf8Size) : 0,
    details: detailsSize(details),
    metadata: asked,
  })
  if (isRefusal(error)) writeHeaders(out, refusedHeaders)
  writeErrorEntries(out, {
    code,
    message: isRecord ? shortened(message, shares.message, utf8Size) : '',
    details: shares.hasDetails ? details : [],
  })
  writeList(out, shares.metadata)
  endMetadata(out)
  out.boolean(true)
  return shares.dropped
}

function writeText(out: AvroWriter, { message }: RpcError, limits: Limits): void {
  out.int(0)
  out.string(shortMessage(message, limits))
}

function metadataOf(call: ActiveCall | undefined): HeaderValue[] {
  const { replyHeadersIfAny: headers, replyTrailersIfAny: trailers } = call ?? {}
  return headers === undefined && trailers === undefined ? none : replyMetadata(headers, trailers)
}

const none: HeaderValue[] = []

/** Writes the answer to a ping: no metadata, no error, null. */
export function writePong(out: AvroWriter): void {
  endMetadata(out)
  out.boolean(false)
}
