import { STATUS_CODES } from 'node:http'
import { isObject } from '../../../../codecs/values/fault.js'
import type { ErrorJson } from '../../error-json.js'

export const problemType = 'application/problem+json'

/**
 * An error as a problem: what RFC 9457 defines, and as extensions the code and the details. A declared error is a detail, with its name as
 * `@type` and its fields.
 */
export function problemOf({ code, message, details }: ErrorJson, status: number): Readonly<Record<string, unknown>> {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    ...(message !== undefined && { detail: message }),
    code,
    ...(details !== undefined && {
      details: details.map(({ type, value, debug }) => ({ '@type': type, ...(isObject(debug) ? debug : { value }) })),
    }),
  }
}
