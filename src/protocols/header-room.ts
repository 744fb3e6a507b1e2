import { Code } from '../core/code.js'
import type { HeaderValue } from '../core/header-fields.js'
import { failure, type RpcError } from '../core/rpc-error.js'

/** Bytes of a field besides its name and value (RFC 9113, section 6.5.2). Other wires need less. */
const overhead = 32
/** Bytes that an error's message gets before its metadata. */
const leastMessage = 256

export function fieldSize(name: string, value: HeaderValue): number {
  return name.length + value.length + overhead
}

/** Bytes of a header list: name, value, name, value ... */
export function headerListSize(fields: readonly HeaderValue[]): number {
  let size = 0
  for (let at = 0; at + 1 < fields.length; at += 2)
    size += fieldSize(fields[at] as string, fields[at + 1] as HeaderValue)
  return size
}

/** The parts of an error that go into headers besides its code, which is always sent. Sizes in bytes. */
export interface Wanted<Value extends HeaderValue> {
  readonly message: number
  /** 0 if it has none. */
  readonly details: number
  /** Name, value, name, value ... */
  readonly metadata: readonly Value[]
}

/** The parts that fit. */
export interface Shares<Value extends HeaderValue> {
  /** Bytes for the message. */
  readonly message: number
  /** Details are sent completely or not at all: a part of them could not be read. */
  readonly hasDetails: boolean
  readonly metadata: readonly Value[]
  /** Names of what was left out. */
  readonly dropped: readonly string[]
}

/**
 * Divides the room of an error's headers. Details come first, because a declared error needs them. Then metadata, as long as it leaves half
 * of the rest to the message. The message, which can be cut, gets what is left.
 */
export function divide<Value extends HeaderValue>(
  room: number,
  { message, details, metadata }: Wanted<Value>,
): Shares<Value> {
  const least = Math.min(message, leastMessage)
  const hasDetails = details > 0 && details + least <= room
  let left = room - (hasDetails ? details : 0)
  const dropped = details > 0 && !hasDetails ? ['its details'] : []
  if (message + headerListSize(metadata) <= left)
    return { message: left - headerListSize(metadata), hasDetails, metadata, dropped }
  const reserved = Math.min(message, Math.max(least, left >> 1))
  const kept: Value[] = []
  for (let at = 0; at + 1 < metadata.length; at += 2) {
    const [name, value] = [metadata[at] as Value & string, metadata[at + 1] as Value]
    const size = fieldSize(name, value)
    if (size <= left - reserved) {
      kept.push(name, value)
      left -= size
    } else dropped.push(`header ${name}`)
  }
  return { message: left, hasDetails, metadata: kept, dropped }
}

/** The headers that fit, in order, and the names of the others. */
export function fitting(headers: readonly string[], room: number): { kept: string[]; dropped: readonly string[] } {
  const { metadata, dropped } = divide(room, { message: 0, details: 0, metadata: headers })
  return { kept: [...metadata], dropped }
}

/** A report for the server's log: the peer received the error without these parts. */
export function sentWithout(dropped: readonly string[], path: string): RpcError {
  const shown = dropped.slice(0, 5).join(', ') + (dropped.length > 5 ? ' and more' : '')
  const message = `${path}: its error was sent without ${shown}, which are too large`
  return failure('error_too_large', Code.internal, message)
}

/** A report for the server's log: a declared error was sent with its code and message only. @param most bytes of a message */
export function errorTooLarge(size: number, most: number): RpcError {
  const message = `the error has ${size} bytes; its code and message were sent, up to ${most} bytes (limits.messageBytes)`
  return failure('error_too_large', Code.internal, message)
}

/** A report for the server's log: the reply was not sent. @param most bytes that the peer takes */
export function replyHeadersTooLarge(path: string, size: number, most: number): RpcError {
  const message = `${path}: the headers or trailers of its reply have ${size} bytes, but the client takes at most ${most}`
  return failure('reply_headers_too_large', Code.internal, message)
}
