import { type Duration, toMilliseconds } from './duration.js'
import { defaultLimits, type LimitOptions, type Limits } from './limits.js'
import { misuse } from './rpc-error.js'

/** Bytes of the largest message per value, by default. */
const bytesPerValue = 16

interface Range {
  readonly kind: 'integer' | 'time'
  readonly from: number
  readonly to: number
  /** A word that is accepted in place of a number. */
  readonly word?: string
}

/** The longest time that a timer of Node can wait for. */
const longest = 2 ** 31 - 1
const count: Range = { kind: 'integer', from: 1, to: longest }
const time: Range = { kind: 'time', from: 1, to: longest }

const ranges: Readonly<Record<keyof Limits, Range | undefined>> = {
  messageBytes: count,
  headerBytes: count,
  depth: count,
  values: count,
  callsPerConnection: count,
  connections: { ...count, to: Number.POSITIVE_INFINITY },
  connectionsPerPeer: { ...count, word: 'auto' },
  unsentBytes: count,
  stallTimeout: time,
  resetBurst: count,
  resetsPerSecond: count,
  // The concurrency limit checks it, as it checks the one of its policy.
  concurrency: undefined,
  idleTimeout: time,
  bodyTimeout: time,
  drainDelay: { ...time, from: 0 },
  drainTimeout: { ...time, from: 0 },
  maxDeadline: { ...time, to: Number.POSITIVE_INFINITY },
  handshakeTimeout: time,
  minPingTime: { ...time, from: 0 },
}

/**
 * The limits of a server or a channel: the given ones, and the defaults of the others.
 *
 * @param where the function they were given to, for the error: `serve`
 * @throws RpcError `failed_precondition` (`invalid_limit`) if a limit does not exist or its value is out of range
 */
export function limitsOf(given: LimitOptions | undefined, where: string): Limits {
  const limits: Record<string, unknown> = { ...defaultLimits }
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!Object.hasOwn(ranges, name)) {
      const names = Object.keys(ranges).join(', ')
      throw misuse('invalid_limit', `${where}: limits has no ${JSON.stringify(name.slice(0, 40))}; it has ${names}`)
    }
    if (value === undefined) continue
    const range = ranges[name as keyof Limits]
    limits[name] = range === undefined ? value : read(value, range, `${where}: limits.${name}`)
  }
  if (given?.values === undefined) limits.values = Math.ceil((limits.messageBytes as number) / bytesPerValue)
  return limits as unknown as Limits
}

function read(value: unknown, range: Range, where: string): unknown {
  if (range.word !== undefined && value === range.word) return value
  const amount = range.kind === 'time' ? millisecondsOf(value) : value
  const isAmount = typeof amount === 'number' && amount >= range.from && amount <= range.to
  if (isAmount && (range.kind === 'time' || Number.isInteger(amount) || amount === Number.POSITIVE_INFINITY))
    return amount
  throw misuse('invalid_limit', `${where} must be ${textOf(range)}, got ${shown(value)}`)
}

/** NaN if it is not a duration. */
function millisecondsOf(value: unknown): number {
  try {
    return toMilliseconds(value as Duration, '')
  } catch {
    return Number.NaN
  }
}

function textOf({ kind, from, to, word }: Range): string {
  const what = kind === 'time' ? `milliseconds, or a text such as '5s',` : 'an integer'
  const most = to === Number.POSITIVE_INFINITY ? `${from} upwards, or Infinity` : `${from} to ${to}`
  return `${what} from ${most}${word === undefined ? '' : `, or '${word}'`}`
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value)
}
