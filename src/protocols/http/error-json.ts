import { parseJsonText } from '../../codecs/bytes/json-text.js'
import type { ErrorDetails } from '../../codecs/error-details.js'
import { unpadded } from '../../codecs/values/base64.js'
import { Fault, isObject } from '../../codecs/values/fault.js'
import { Code, codeName, codeOf } from '../../core/code.js'
import type { ErrorDetail } from '../../core/error-detail.js'
import { Headers, type HeaderValue } from '../../core/headers.js'
import type { Limits } from '../../core/limits.js'
import { type Delivery, RpcError } from '../../core/rpc-error.js'
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
  const list = details?.of(error) ?? error.details
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

/** What is known about a failed reply besides its body. */
export interface ErrorContext {
  readonly details: ErrorDetails
  /** The code if the body names none. */
  readonly code: Code
  /** The message if the body is not an error. */
  readonly message: string
  /** As for `Headers.adopt`. */
  readonly headers: HeaderValue[]
  readonly delivery: Delivery
}

/**
 * The error of a reply: an instance of the declared class that its details name, or else an RpcError with the details.
 * @param json the body; if it is not an error, the result has `context.code`
 */
export function errorFromJson(json: unknown, context: ErrorContext): RpcError {
  const fields = isObject(json) ? json : {}
  const code = knownCode(fields.code) ?? context.code
  const message = typeof fields.message === 'string' ? fields.message : isErrorJson(fields) ? '' : context.message
  const details = Array.isArray(fields.details) ? fields.details.flatMap(detailFromJson) : []
  const headers = context.headers.length > 0 ? Headers.adopt(context.headers) : undefined
  const { delivery } = context
  return (
    context.details.typed(details, { message, code, headers, delivery }) ??
    new RpcError(message, code, { details, delivery, ...(headers && { headers }) })
  )
}

function isErrorJson(fields: Record<string, unknown>): boolean {
  return knownCode(fields.code) !== undefined
}

function knownCode(name: unknown): Code | undefined {
  const code = typeof name === 'string' ? codeOf(name) : undefined
  return code === Code.ok ? undefined : code
}

function detailFromJson(detail: unknown): ErrorDetail[] {
  if (!isObject(detail) || typeof detail.type !== 'string') return []
  const value = typeof detail.value === 'string' ? Buffer.from(detail.value, 'base64') : new Uint8Array(0)
  return [detail.debug === undefined ? { type: detail.type, value } : { type: detail.type, value, debug: detail.debug }]
}

/** The code of an error that is too long to parse, if the JSON begins with it, as usual. @param bytes the beginning of the JSON */
export function codeAtBeginning(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 256)).toString('latin1')
  return /^\s*\{\s*"code"\s*:\s*"(\w+)"/.exec(text)?.[1]
}

/** Parses the JSON of an error or of an end of stream. @returns undefined if it is not JSON */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return parseJsonText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}
