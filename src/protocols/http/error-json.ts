import { detailsOf, type ErrorDetails } from '../../codecs/error-details.js'
import { unpadded } from '../../codecs/values/base64.js'
import { codeName } from '../../core/code.js'
import { sentDetails } from '../../core/error-detail.js'
import type { Limits } from '../../core/limits.js'
import type { RpcError } from '../../core/rpc-error.js'
import { shortMessage } from '../shortened.js'

/** Source: Connect protocol, "Error". */
export interface ErrorJson {
  readonly code: string
  readonly message?: string
  readonly details?: readonly { readonly type: string; readonly value: string; readonly debug?: unknown }[]
}

/**
 * An error for the peer: code, message and details, but never a stack, a cause or a reason.
 * @param details of the method that failed; undefined if it is unknown
 */
export function errorToJson(error: RpcError, details?: ErrorDetails): ErrorJson {
  const list = details === undefined ? sentDetails(error) : detailsOf(error, details)
  return {
    code: codeName(error.code),
    ...(error.message !== '' && { message: error.message }),
    ...(list.length > 0 && { details: list.map(({ value, ...rest }) => ({ ...rest, value: unpadded(value) })) }),
  }
}

/** The most bytes of an error's JSON that a polywire client reads. */
export const longestErrorBytes = 1024 * 1024

/** JSON that holds an error. */
export interface ErrorText {
  readonly text: string
  /** The parts that were left out. */
  readonly dropped: readonly string[]
}

/**
 * The JSON of an error, short enough for the peer: `shortMessage` cuts the message, and details are left out if they make it too long.
 * @param wrap the value whose JSON is sent
 */
export function errorText(
  error: RpcError,
  { details, limits, wrap }: { details?: ErrorDetails | undefined; limits: Limits; wrap: (json: ErrorJson) => unknown },
): ErrorText {
  const message = shortMessage(error.message, limits)
  const json = { ...errorToJson(error, details), ...(message !== '' && { message }) }
  const text = JSON.stringify(wrap(json))
  const most = Math.min(longestErrorBytes, limits.messageBytes)
  if (json.details === undefined || Buffer.byteLength(text) <= most) return { text, dropped: [] }
  const { details: _, ...rest } = json
  return { text: JSON.stringify(wrap(rest)), dropped: ['its details'] }
}
