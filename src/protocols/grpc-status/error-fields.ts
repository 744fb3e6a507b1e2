import { unpadded } from '../../codecs/values/base64.js'
import { Code } from '../../core/code.js'
import type { ErrorDetail } from '../../core/error-detail.js'
import { isRefusal } from '../../core/refusal.js'
import type { RpcError } from '../../core/rpc-error.js'
import { divide, fieldSize, headerListSize } from '../header-room.js'
import { refusedHeader } from '../protocol.js'
import { costOf, shortened, utf8Size } from '../shortened.js'
import { encodeStatus } from './rpc-status.js'
import { encodedSize, encodeMessage } from './status.js'

/** Bytes of a header list for a client that names no limit: the limit of grpc-java, the lowest of the common ones. */
const standardRoom = 8192
/** The most bytes of one UTF-16 unit in `grpc-message`. */
const longestEncoded = 9
const nothing: readonly string[] = []
/** Bytes of the message's tag and length in `google.rpc.Status`. */
const statusOverhead = 6

interface ErrorFieldsOptions {
  readonly details: readonly ErrorDetail[]
  /** Name, value, name, value ... */
  readonly metadata: readonly string[]
  /** The most bytes of a header list that the client takes; Infinity if it named no limit. */
  readonly maxHeaderList: number
  /** Bytes of the header list that are used already. */
  readonly taken: number
}

export interface ErrorFields {
  readonly fields: string[]
  /** The names of the parts that did not fit. */
  readonly dropped: readonly string[]
}

/**
 * An error as trailers: always its code, and the other parts as far as they fit. With an oversized header list the client would lose the
 * code, or even the connection with all its calls.
 */
export function errorFields(error: RpcError, options: ErrorFieldsOptions): ErrorFields {
  const { details, metadata, maxHeaderList, taken } = options
  const { code, message } = error
  const fields = codeFields(error)
  const room = (maxHeaderList === Number.POSITIVE_INFINITY ? standardRoom : maxHeaderList) - taken
  const hasMessage = message !== ''
  // The details contain the message again, in base64.
  const cost = details.length === 0 ? encodedSize : encodedTwice
  const left = room - headerListSize(fields) - (hasMessage ? fieldSize('grpc-message', '') : 0)
  // The usual case: a short message and nothing else.
  if (details.length === 0 && metadata.length === 0 && message.length * longestEncoded <= left) {
    if (hasMessage) fields.push('grpc-message', encodeMessage(message))
    return { fields, dropped: nothing }
  }
  const shares = divide(left, {
    message: costOf(message, Math.max(left, 0), cost),
    details: details.length === 0 ? 0 : detailsSize(encodeStatus({ code, message: '', details })),
    metadata,
  })
  const said = shortened(message, shares.message, cost)
  if (said !== '') fields.push('grpc-message', encodeMessage(said))
  if (shares.hasDetails) {
    fields.push('grpc-status-details-bin', unpadded(encodeStatus({ code, message: said, details })))
  }
  fields.push(...shares.metadata)
  return { fields, dropped: shares.dropped }
}

function codeFields(error: RpcError): string[] {
  // A client would read the code ok as a missing reply.
  const fields = ['grpc-status', String(error.code === Code.ok ? Code.unknown : error.code)]
  if (isRefusal(error)) fields.push(refusedHeader, '1')
  return fields
}

function detailsSize(status: Uint8Array): number {
  return fieldSize('grpc-status-details-bin', '') + Math.ceil(((status.byteLength + statusOverhead) * 4) / 3)
}

function encodedTwice(point: number): number {
  return encodedSize(point) + (utf8Size(point) * 4) / 3
}
