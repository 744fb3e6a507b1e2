import { Code, codeOf } from '../core/code.js'
import type { ErrorDetail } from '../core/error-detail.js'
import { Headers } from '../core/headers.js'
import { isRefusal } from '../core/refusal.js'
import { type RpcError, thrownText } from '../core/rpc-error.js'

/**
 * An error of the handler as every protocol can send it. Its properties are what their types say only if the compiler saw who set them: in
 * JavaScript a code may be a text, and headers an object. Its delivery is `unknown`, because that of an error from a call of the handler
 * says nothing about the call being served.
 *
 * @throws whatever a getter of the error throws
 */
export function sendable(error: RpcError): RpcError {
  const { code, message, details, headers, delivery } = error
  const changes: Record<string, unknown> = {}
  if (typeof message !== 'string') changes.message = message === undefined ? '' : thrownText(message)
  // An error of the code ok would reach the caller as a missing reply.
  if (codeOf(code) !== code || code === Code.ok) changes.code = codeOf(code) || Code.unknown
  if (!Array.isArray(details) || !details.every(isDetail)) changes.details = detailsOf(details)
  if (headers !== undefined && !(headers instanceof Headers)) changes.headers = headersOf(headers)
  if (delivery !== 'unknown' && !isRefusal(error)) changes.delivery = 'unknown'
  return Object.keys(changes).length === 0 ? error : changed(error, changes)
}

/** A copy of the same class. The error itself stays as it is: the handler may have frozen it, or throw it in several calls. */
export function changed(error: RpcError, changes: Readonly<Record<string, unknown>>): RpcError {
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(error)
  for (const [name, value] of Object.entries(changes))
    descriptors[name] = { value, enumerable: true, configurable: true }
  return Object.create(Object.getPrototypeOf(error) as object, descriptors) as RpcError
}

function isDetail(detail: ErrorDetail | null | undefined): boolean {
  return typeof detail?.type === 'string' && detail.value instanceof Uint8Array
}

function detailsOf(details: unknown): ErrorDetail[] {
  return Array.isArray(details) ? details.filter(isDetail) : []
}

/** @returns undefined for what is no headers */
function headersOf(headers: unknown): Headers | undefined {
  try {
    return new Headers(headers as never)
  } catch {
    return undefined
  }
}
