import { misuse } from './rpc-error.js'

/** What a server or a client accepts at most. Every limit is finite by default; each can be set in `serve` and `connect`. */
export interface Limits {
  /** Bytes of one message, after decompression too. */
  readonly messageBytes: number
  /** Bytes of all headers of one message together, names and values. */
  readonly headerBytes: number
  /** Messages within messages. */
  readonly depth: number
  /** List elements, map entries and nested messages of one message together. Default: one for every 16 bytes of `messageBytes`. */
  readonly values: number
  /** Calls in flight on one connection. */
  readonly callsPerConnection: number
  readonly connections: number
  /** Server: connections of one peer address. `auto`: a tenth of `connections`, and no bound for loopback and Unix sockets. */
  readonly connectionsPerPeer: number | 'auto'
  /** Server: bytes of replies that one connection has not taken; above it no further request of that connection is read. */
  readonly unsentBytes: number
  /** Milliseconds that a connection may take none of the bytes that wait for it before it is closed. */
  readonly stallTimeout: number
  /** Server: streams that one HTTP/2 connection may reset at once; above it the connection is ended by a GOAWAY. */
  readonly resetBurst: number
  /** Server: resets a second that one HTTP/2 connection regains, up to `resetBurst`. */
  readonly resetsPerSecond: number
  /** Server: calls in flight altogether; `auto`: as many as it measures itself to bear. Over it a call is refused at once and never queued. */
  readonly concurrency: number | 'auto'
  /** Milliseconds until a connection without a call is closed. */
  readonly idleConnection: number
  /** Milliseconds within which a request's body must have arrived. */
  readonly body: number
  /** Milliseconds that `close()` lets calls in flight run before it cancels them. */
  readonly drain: number
  /** Milliseconds a client may ask for as its deadline at most. */
  readonly maxDeadline: number
  /** Milliseconds within which the first bytes must tell the protocol, TLS handshake included. */
  readonly handshake: number
}

export const defaultLimits: Limits = Object.freeze({
  messageBytes: 4 * 1024 * 1024,
  headerBytes: 16 * 1024,
  depth: 64,
  values: 262_144,
  callsPerConnection: 1000,
  connections: 10_000,
  connectionsPerPeer: 'auto',
  unsentBytes: 16 * 1024 * 1024,
  stallTimeout: 60_000,
  // nghttp2's bucket.
  resetBurst: 1000,
  resetsPerSecond: 33,
  // Bounded by the two above.
  concurrency: Number.POSITIVE_INFINITY,
  idleConnection: 5 * 60_000,
  body: 30_000,
  drain: 30_000,
  maxDeadline: 24 * 3_600_000,
  handshake: 10_000,
})

/** What one value of a message may cost in bytes received, on average over the largest message. */
const bytesPerValue = 16

interface Range {
  readonly least: number
  readonly most: number
  readonly isWhole: boolean
  /** A word that is accepted in place of a number. */
  readonly word?: string
  /** As an error says it. */
  readonly what: string
}

/** The longest time that a timer of Node can wait for. */
const longest = 2 ** 31 - 1
const whole: Range = { least: 1, most: longest, isWhole: true, what: `a whole number from 1 to ${longest}` }
const time: Range = { least: 1, most: longest, isWhole: false, what: `milliseconds from 1 to ${longest}` }

const ranges: Readonly<Record<keyof Limits, Range | undefined>> = {
  messageBytes: whole,
  headerBytes: whole,
  depth: whole,
  values: whole,
  callsPerConnection: whole,
  connections: { ...whole, most: Number.POSITIVE_INFINITY, what: 'a whole number of 1 or more, or Infinity' },
  connectionsPerPeer: { ...whole, word: 'auto', what: `a whole number from 1 to ${longest}, or 'auto'` },
  unsentBytes: whole,
  stallTimeout: time,
  resetBurst: whole,
  resetsPerSecond: whole,
  // The policy that it becomes says what it can be.
  concurrency: undefined,
  idleConnection: time,
  body: time,
  drain: { ...time, least: 0, what: `milliseconds from 0 (cancel at once) to ${longest}` },
  maxDeadline: { ...time, most: Number.POSITIVE_INFINITY, what: 'milliseconds of 1 or more, or Infinity' },
  handshake: time,
}

/**
 * The limits of a server or a channel: the defaults, and what was given in place of some.
 * @param where who was given them, as it shall stand in the error: `serve`
 * @throws RpcError `failed_precondition` (`invalid_limit`) for a name that is none, or a value that makes no sense
 */
export function limitsOf(given: Partial<Limits> | undefined, where: string): Limits {
  const limits: Record<string, unknown> = { ...defaultLimits }
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!Object.hasOwn(ranges, name)) {
      const known = Object.keys(ranges).join(', ')
      throw misuse('invalid_limit', `${where}: there is no limits.${name.slice(0, 40)}; known: ${known}`)
    }
    if (value === undefined) continue
    const range = ranges[name as keyof Limits]
    if (range !== undefined && !isWithin(value, range))
      throw misuse('invalid_limit', `${where}: limits.${name} is ${shown(value)}; write ${range.what}`)
    limits[name] = value
  }
  if (given?.values === undefined) limits.values = Math.ceil((limits.messageBytes as number) / bytesPerValue)
  return limits as unknown as Limits
}

function isWithin(value: unknown, { least, most, isWhole, word }: Range): boolean {
  if (word !== undefined && value === word) return true
  if (typeof value !== 'number' || !(value >= least && value <= most)) return false
  return !isWhole || Number.isInteger(value) || value === Number.POSITIVE_INFINITY
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value)
}
