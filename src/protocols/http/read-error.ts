import { parseJsonText } from '../../codecs/bytes/json-text.js'
import { asciiSlice, utf8Slice } from '../../codecs/bytes/native.js'
import type { ErrorDetails } from '../../codecs/error-details.js'
import { bytesOfBase64 } from '../../codecs/values/base64.js'
import { Fault, isObject } from '../../codecs/values/fault.js'
import { Code, codeOf } from '../../core/code.js'
import type { ErrorDetail } from '../../core/error-detail.js'
import type { HeaderFields } from '../../core/header-fields.js'
import { type Delivery, RpcError } from '../../core/rpc-error.js'

/** What is known about a failed reply besides its body. */
export interface ErrorContext {
  /** Reads declared errors. Undefined: none are known. */
  readonly details: Pick<ErrorDetails, 'typed'> | undefined
  /** The code if the body names none. */
  readonly code: Code
  /** The message if the body is not an error. */
  readonly message: string
  /** Undefined: none. */
  readonly headers: HeaderFields | undefined
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
  const { headers, delivery } = context
  return (
    context.details?.typed(details, { message, code, headers, delivery }) ??
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
  const value = typeof detail.value === 'string' ? bytesOfBase64(detail.value) : new Uint8Array(0)
  return [detail.debug === undefined ? { type: detail.type, value } : { type: detail.type, value, debug: detail.debug }]
}

/** The code of an error that is too long to parse, if the JSON begins with it, as usual. @param bytes the beginning of the JSON */
export function codeAtBeginning(bytes: Uint8Array): string | undefined {
  const text = asciiSlice.call(bytes, 0, Math.min(bytes.length, 256))
  return /^\s*\{\s*"code"\s*:\s*"(\w+)"/.exec(text)?.[1]
}

/** Parses the JSON of an error or of an end of stream. @returns undefined if it is not JSON */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return parseJsonText(utf8Slice.call(bytes, 0, bytes.length))
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}
