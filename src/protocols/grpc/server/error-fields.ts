import { unpadded } from '../../../codecs/values/base64.js'
import { Code } from '../../../core/code.js'
import type { ErrorDetail } from '../../../core/error-detail.js'
import { isRefusal } from '../../../core/refusal.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { divide, fieldSize, headerListSize } from '../../header-room.js'
import { refusedHeader } from '../../protocol.js'
import { costOf, shortened, utf8Size } from '../../shortened.js'
import { encodeStatus } from '../rpc-status.js'
import { encodedSize, encodeMessage } from '../status.js'

/** Bytes of a header list that every client takes which names no limit: that of grpc-java, the least of the common ones. */
const standardRoom = 8192
/** Bytes of one UTF-16 unit in `grpc-message` at most. */
const longestEncoded = 9
const nothing: readonly string[] = []
/** Of the message's tag and length within `google.rpc.Status`. */
const statusOverhead = 6

interface ErrorFieldsOptions {
  readonly details: readonly ErrorDetail[]
  /** Name, value, name, value ... */
  readonly metadata: readonly string[]
  /** Bytes of the header list that the client takes; Infinity where it named no limit. */
  readonly maxHeaderList: number
  /** Bytes of the header list that are taken already. */
  readonly taken: number
}

export interface ErrorFields {
  readonly fields: string[]
  /** Names of what did not fit. */
  readonly dropped: readonly string[]
}

/**
 * An error as trailers that the client takes: always its code, and what fits of the rest. An oversized header list would cost the client the
 * code, or its connection with every other call on it.
 */
export function errorFields(error: RpcError, options: ErrorFieldsOptions): ErrorFields {
  const { details, metadata, maxHeaderList, taken } = options
  const { code, message } = error
  const fields = codeFields(error)
  const room = (maxHeaderList === Number.POSITIVE_INFINITY ? standardRoom : maxHeaderList) - taken
  const hasMessage = message !== ''
  // Within details the message stands once more, in base64.
  const cost = details.length === 0 ? encodedSize : encodedTwice
  const left = room - headerListSize(fields) - (hasMessage ? fieldSize('grpc-message', '') : 0)
  // Nearly all errors: short, and nothing with them.
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
  // An error that says ok would be taken for a reply that is missing.
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
