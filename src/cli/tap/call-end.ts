import { codeName, codeOf } from '../../core/code.js'
import { type ErrorDetail, peerReason } from '../../core/error-detail.js'
import type { Reason } from '../../core/reasons.js'
import { decodeStatus } from '../../protocols/grpc-status/rpc-status.js'
import { decodeMessage } from '../../protocols/grpc-status/status.js'

/** How a call ended, as its wire told it. */
export interface CallEnd {
  readonly code: string
  /** The text of its error; empty if there is none. */
  readonly message: string
  readonly details: readonly ErrorDetail[]
}

/** The value of a field of trailers, or of headers that have them. */
export type Fields = (name: string) => string | undefined

/** The end of a gRPC call, also of one whose stream ended without a status. */
export function grpcEnd(fields: Fields): CallEnd {
  const code = codeOf(Number(fields('grpc-status') ?? Number.NaN))
  const status = decodeStatus(Buffer.from(fields('grpc-status-details-bin') ?? '', 'base64'))
  return {
    code: code === undefined ? noStatus : codeName(code),
    message: decodeMessage(fields('grpc-message') ?? ''),
    details: status?.details ?? [],
  }
}

/** A stream that ended, and did not say how. */
const noStatus = 'no status'

/** The end of a Connect stream. @param text of its last envelope */
export function connectStreamEnd(text: string): CallEnd {
  const document = parsed(text)
  if (document === undefined) return { code: noStatus, message: '', details: [] }
  return connectError(document.error) ?? { code: 'ok', message: '', details: [] }
}

/** The error of a Connect reply. @param text of its body @param status of HTTP, for a body that is not Connect's */
export function connectErrorEnd(text: string, status: number): CallEnd {
  return connectError(parsed(text)) ?? { code: `HTTP ${status}`, message: '', details: [] }
}

type Json = Readonly<Record<string, unknown>>

function connectError(json: unknown): CallEnd | undefined {
  const { code, message, details } = (json ?? {}) as Json
  if (typeof code !== 'string' || codeOf(code) === undefined) return undefined
  const list = (Array.isArray(details) ? details : []) as readonly (Json | null)[]
  return {
    code,
    message: typeof message === 'string' ? message : '',
    details: list.map(one => ({ type: String(one?.type), value: Buffer.from(String(one?.value), 'base64') })),
  }
}

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

/** How a call ends without a status, and the reason that polywire's clients give for it. */
const endings: Readonly<Record<string, Reason>> = {
  'connection lost': 'connection_lost',
  [noStatus]: 'missing_status',
  reset: 'stream_reset',
}

/** The reason of a failure: what the server told, or what the caller sees of it. Undefined if neither is known. */
export function reasonOf({ code, details }: Pick<CallEnd, 'code' | 'details'>): Reason | undefined {
  return peerReason({ details }) ?? endings[code] ?? (code.startsWith('HTTP ') ? 'unexpected_status' : undefined)
}

/** The fields of a block of header lines, as gRPC-Web sends its trailers. */
export function fieldsIn(text: string): Fields {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const at = line.indexOf(':')
    if (at > 0) fields.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim())
  }
  return name => fields.get(name)
}
