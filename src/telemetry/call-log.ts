import type { Call } from '../core/call.js'
import type {
  CallObservation,
  CallObserver,
  CallOutcome,
  CallTrace,
  ObservedAttempt,
  ObservedSide,
} from '../core/call-observer.js'
import { Code, codeName, isHealthCode } from '../core/code.js'
import { misuse } from '../core/rpc-error.js'
import { cut } from './cut.js'
import { methodLabel } from './method-metrics.js'
import { traceOf } from './trace-context.js'

/** Where lines of a log go: pino, console, or anything with these methods. */
export interface Logger {
  /** Takes the line of a call that succeeded. */
  info(fields: CallFields, text: string): void
  /** Takes the line of a call that failed because of its caller, such as `not_found`. */
  warn(fields: CallFields, text: string): void
  /** Takes the line of a call that failed because of its server, such as `internal`. */
  error(fields: CallFields, text: string): void
}

/** What is logged of a call. Messages and headers never are. */
export interface CallFields {
  /** The side that logs. */
  readonly side: ObservedSide
  /** Service and method: `hello.Hello/SayHello`. */
  readonly method: string
  /** The protocol: `grpc`. */
  readonly protocol: string
  /** The code: `ok`, `not_found`. */
  readonly code: string
  /** The name of a failure that polywire raised; default: none. */
  readonly reason?: string
  /** The message of the failure, at most 1,000 characters of it; default: none. */
  readonly error?: string
  /** Milliseconds. */
  readonly duration: number
  /** Server: the address of the caller. Client: that of the last endpoint. Default: there was none. */
  readonly peer?: string
  /** Client: the number of attempts. Server: which attempt of its caller it is, counted from 1. */
  readonly attempt: number
  /** `call.id`. */
  readonly callId: string
  /** The trace, if the call belongs to one; default: none. */
  readonly traceId?: string
}

/** Which calls are logged. */
export interface CallLogOptions {
  /** Where the lines go. */
  readonly to: Logger
  /** Logs only calls that failed. Default false. */
  readonly failuresOnly?: boolean
  /** The share of successful calls that is logged, 0 to 1; default 1. Failures are always logged. */
  readonly sample?: number
}

/** @throws RpcError `failed_precondition` (`invalid_policy`) if it is not a logger, or `sample` is not from 0 to 1 */
export function callLog(log: Logger | CallLogOptions, random: () => number = Math.random): CallObserver {
  const { to, failuresOnly = false, sample = 1 } = 'to' in log ? log : { to: log }
  if ([to?.info, to?.warn, to?.error].some(method => typeof method !== 'function'))
    throw misuse('invalid_policy', 'log must have the methods info, warn and error; pass console or a pino logger')
  if (!(sample >= 0 && sample <= 1)) throw misuse('invalid_policy', `log.sample must be from 0 to 1, got ${sample}`)
  const takes = ({ error }: CallOutcome) => error !== undefined || (!failuresOnly && (sample >= 1 || random() < sample))
  return { callBegan: (call, side, protocol) => new LoggedCall(call, side, { protocol, to, takes }) }
}

interface LogSettings {
  readonly protocol: string
  readonly to: Logger
  readonly takes: (outcome: CallOutcome) => boolean
}

class LoggedCall implements CallObservation {
  private attempts = 0
  /** Client: the last attempt. One of several at a time has headers of its own, and with them the trace. */
  private sent: Call | undefined = undefined

  constructor(
    private readonly call: Call,
    private readonly side: ObservedSide,
    private readonly settings: LogSettings,
  ) {}

  attemptBegan({ number, call }: ObservedAttempt): undefined {
    this.attempts = number
    this.sent = call
  }

  /** @returns what the logger returns: the promise of one that is asynchronous */
  ended(outcome: CallOutcome): unknown {
    const { to, takes } = this.settings
    if (!takes(outcome)) return undefined
    const { error, duration } = outcome
    const fields = this.fields(outcome)
    const text = `${fields.method} ${fields.code}${error?.reason === undefined ? '' : ` (${error.reason})`} ${duration.toFixed(1)} ms`
    if (error === undefined) return to.info(fields, text)
    return isHealthCode(error.code) ? to.error(fields, text) : to.warn(fields, text)
  }

  /** The trace by its header. */
  private get tracedBy(): CallTrace | undefined {
    return traceOf(this.call) ?? (this.sent === undefined ? undefined : traceOf(this.sent))
  }

  private fields({ error, duration, trace = this.tracedBy }: CallOutcome): CallFields {
    const { call, side, settings } = this
    const peer = side === 'server' ? call.peer?.address : call.endpoint?.address
    return {
      side,
      method: methodLabel(call.method.path),
      protocol: settings.protocol,
      code: codeName(error?.code ?? Code.ok) ?? String(error?.code),
      ...(error?.reason !== undefined && { reason: error.reason }),
      ...(error !== undefined && { error: cut(error.message) }),
      duration,
      ...(peer !== undefined && { peer }),
      attempt: side === 'server' ? call.attempt : this.attempts,
      callId: call.id,
      ...(trace !== undefined && { traceId: trace.traceId }),
    }
  }
}
