import type { HeaderValue } from '../../../core/headers.js'
import type { HeaderList } from '../../../http2/header-list.js'
import { refusedHeader } from '../../protocol.js'
import { mediaTypeOf } from '../content-type.js'
import { readMetadata, trailerPrefix } from '../metadata.js'

/** The parts of a response's head that the client reads. */
export interface ReplyHead {
  readonly status: number
  contentType: string
  /** What `mediaTypeOf` makes of `contentType`. */
  mediaType: string
  contentLength: number | undefined
  /** The encoding of a unary body or of a stream's messages; undefined or `identity` for none. */
  encoding: string | undefined
  /** Whether the server says that no handler saw the call. */
  isRefused: boolean
  /** Where else the server can be called (Alt-Svc, RFC 7838). */
  altSvc: string | undefined
  /** The content types that it takes, beside status 415 (RFC 9110, section 15.5.16; `accept-post` is of the W3C's LDP). */
  acceptPost: string | undefined
  /** As for `Headers.adopt`; copy it first. */
  readonly headers: readonly HeaderValue[]
  readonly trailers: readonly HeaderValue[]
}

/** Whether the server takes no more calls: it is draining, or said goodbye on an idle connection. */
export function isFarewell({ isRefused, status }: ReplyHead): boolean {
  return isRefused && (status === 503 || status === 408)
}

/** @param raw names and values in turn, as Latin-1 bytes from undici */
export function readReplyHead(status: number, raw: readonly Buffer[]): ReplyHead {
  const head = emptyHead(status)
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as Buffer
    const value = raw[i + 1] as Buffer
    if (is(name, 'date') || is(name, 'connection') || is(name, 'keep-alive')) continue
    if (is(name, 'content-type')) setContentType(head, value.toString('latin1'))
    else if (is(name, 'content-length')) head.contentLength = Number(value.toString('latin1'))
    else readRare(head, name.toString('latin1').toLowerCase(), value.toString('latin1'))
  }
  return head
}

/**
 * The same for a reply over HTTP/2. Replies whose headers arrive in the same bytes share it, unless it has metadata: that belongs to its
 * call.
 */
export function replyHeadOf(list: HeaderList): ReplyHead {
  if (list.tag !== undefined) return list.tag as ReplyHead
  const head = emptyHead(list.status)
  for (let i = 0; i + 1 < list.fields.length; i += 2)
    readField(head, list.fields[i] as string, list.fields[i + 1] as string)
  if (head.headers.length === 0 && head.trailers.length === 0) list.tag = head
  return head
}

function readField(head: UnreadHead, name: string, value: string): void {
  if (name === 'content-type') setContentType(head, value)
  else if (name === 'content-length') head.contentLength = Number(value)
  else readRare(head, name, value)
}

function setContentType(head: ReplyHead, value: string): void {
  head.contentType = value
  head.mediaType = mediaTypeOf(value)
}

interface UnreadHead extends ReplyHead {
  readonly headers: HeaderValue[]
  readonly trailers: HeaderValue[]
}

function emptyHead(status: number): UnreadHead {
  return {
    status,
    contentType: '',
    mediaType: '',
    contentLength: undefined,
    encoding: undefined,
    isRefused: false,
    altSvc: undefined,
    acceptPost: undefined,
    headers: [],
    trailers: [],
  }
}

function readRare(head: UnreadHead, name: string, value: string): void {
  if (name === 'content-encoding' || name === 'connect-content-encoding') head.encoding = value
  else if (name === refusedHeader) head.isRefused = true
  else if (name === 'alt-svc') head.altSvc = value
  else if (name === 'accept-post') head.acceptPost = value
  else if (name.startsWith(trailerPrefix)) readMetadata(name.slice(trailerPrefix.length), value, head.trailers)
  else readMetadata(name, value, head.headers)
}

/** Whether the bytes are that name in any case. Comparing bytes avoids a string for each of the usual headers. */
function is(bytes: Buffer, name: string): boolean {
  if (bytes.length !== name.length) return false
  for (let i = 0; i < name.length; i++) if (((bytes[i] as number) | 0x20) !== name.charCodeAt(i)) return false
  return true
}
