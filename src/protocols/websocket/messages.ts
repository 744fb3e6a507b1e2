/**
 * One HTTP exchange over one WebSocket, in messages. A request is its head, a text message, then its body in binary messages, then an empty
 * binary message. The reply has the same form, except that the close of the WebSocket ends it.
 *
 * @see docs/reference/websocket.md
 */

/** The subprotocol that a client asks for (RFC 6455, section 1.9). */
export const subprotocol = 'polywire'

/** The most bytes of a message with a part of a body, so that no side has to hold more than that ahead of its reader. */
export const chunkBytes = 65_536

/** Codes with which a WebSocket is closed. Source: RFC 6455, section 7.4.1. */
export enum CloseCode {
  normal = 1000,
  goingAway = 1001,
  protocolError = 1002,
  unsupportedData = 1003,
  policyViolation = 1008,
  tooLarge = 1009,
}

/** The reason beside `goingAway` with which a server says that it has not begun the call, so that it can be sent to another server. */
export const unprocessed = 'unprocessed'

/** The first message of either side. */
export interface MessageHead {
  /** The HTTP status of a reply. */
  readonly status?: number
  /** Names and values in turn. */
  readonly headers: readonly string[]
  /**
   * Bytes of the reply's body that the client takes ahead, for one that cannot stop reading, as in a browser. Then it sends how many it has
   * taken in all, in text messages with that number.
   */
  readonly window?: number
}

const fieldName = /^[!#$%&'*+.^_`|~\da-z-]+$/i
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** @returns undefined if the text is not a head whose fields HTTP could carry */
export function readHead(text: string): MessageHead | undefined {
  let head: Partial<MessageHead> | null
  try {
    head = JSON.parse(text) as Partial<MessageHead> | null
  } catch {
    return undefined
  }
  const { status, headers, window } = head ?? {}
  if (!Array.isArray(headers) || headers.length % 2 !== 0) return undefined
  if (status !== undefined && !(Number.isInteger(status) && status >= 100 && status <= 599)) return undefined
  if (window !== undefined && !(Number.isSafeInteger(window) && window > 0)) return undefined
  const isSound = headers.every(
    (field: unknown, at) => typeof field === 'string' && (at % 2 === 0 ? fieldName : fieldValue).test(field),
  )
  if (!isSound) return undefined
  return { ...(status !== undefined && { status }), ...(window !== undefined && { window }), headers }
}

/** The parts of a body, each small enough for one message. An empty body has none. */
export function* chunksOf(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}
