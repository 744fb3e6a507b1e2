import type { Call } from '../core/call.js'
import type {
  AttemptCause,
  AttemptObservation,
  CallObservation,
  CallOutcome,
  Decision,
  MessageDirection,
  ObservedAttempt,
  ObservedSide,
  StreamBacklog,
} from '../core/call-observer.js'
import { Code, codeName } from '../core/code.js'
import { servedCall } from '../core/flow.js'
import { RpcError } from '../core/rpc-error.js'

/** How an attempt, or a call, ended. */
export interface RecordedEnd {
  /** `ok`, or the name of a code. */
  readonly code: string
  readonly reason?: string
  /** The error's text, cut to 1 KiB. */
  readonly message?: string
}

/** One attempt of a recorded call. Times are milliseconds since the call began. */
export interface RecordedAttempt {
  readonly number: number
  readonly endpoint: string
  readonly cause: AttemptCause
  readonly balancer: string
  readonly candidates: number
  readonly inFlight: number
  readonly from: number
  /** Undefined as long as it runs. */
  to?: number
  end?: RecordedEnd
}

/** What a policy decided about a recorded call. */
export interface RecordedDecision {
  /** Milliseconds since the call began. */
  readonly at: number
  readonly policy: string
  readonly action: Decision['action']
  readonly why: string
  /** Milliseconds until the next attempt; 0 if it follows at once. */
  readonly delay: number
  readonly code?: string
}

/** Everything about a call but what its end says, as plain values. It holds no message, and nothing of the call's objects. */
export interface RecordedCall {
  /** `Call.id`; that of the call being served if it was made by one. */
  readonly id: string
  readonly path: string
  readonly side: ObservedSide
  /** The name of the protocol that carried it; undefined if the call was only counted. */
  readonly protocol: string | undefined
  /** The caller's address, or the endpoint that answered. */
  readonly peer: string | undefined
  /** Milliseconds that it was given; undefined if there was no deadline, or the call was only counted. */
  readonly deadline: number | undefined
  /** The call that was being served when this one was made; undefined if none was, or the call was only counted. */
  readonly caller: RecordedCaller | undefined
  readonly attempts: readonly RecordedAttempt[]
  readonly decisions: readonly RecordedDecision[]
  readonly sent: Traffic
  readonly received: Traffic
}

/** The served call that made another. */
export interface RecordedCaller {
  readonly path: string
  /** Milliseconds until its own deadline when the other began; undefined if it has none. */
  readonly left: number | undefined
}

/** A call that was slow or failed. */
export interface CallRecord extends RecordedCall {
  /** Unique in this process. */
  readonly key: number
  /** Milliseconds since 1970, at its end. */
  readonly at: number
  /** Milliseconds that it took. */
  readonly took: number
  readonly slow: boolean
  /** As in a `RecordedEnd`. */
  readonly code: string
  readonly reason: string | undefined
  readonly message: string | undefined
  /** The error's class if it is declared. */
  readonly type: string | undefined
  /** The policy that refused the call. */
  readonly shedBy: string | undefined
}

export interface Traffic {
  messages: number
  bytes: number
}

/** A call records no more attempts and decisions than this. */
const mostSteps = 100
const mostText = 1024

export function cut(text: string): string {
  return text.length <= mostText ? text : `${text.slice(0, mostText)}… (cut from ${text.length} characters)`
}

export function endOf(error: RpcError | undefined): RecordedEnd {
  if (error === undefined) return { code: codeName(Code.ok) }
  const code = codeName(error.code)
  const message = cut(error.message)
  return error.reason === undefined ? { code, message } : { code, message, reason: error.reason }
}

/**
 * A record of a call that has ended.
 *
 * Every property is named, because V8 takes ten times as long to add properties to what an object is spread into, and a server may fail
 * thousands of calls a second.
 */
export function endedRecord(
  call: RecordedCall,
  { error, duration, shedBy }: CallOutcome,
  { key, slow }: Pick<CallRecord, 'key' | 'slow'>,
): CallRecord {
  const { id, path, side, protocol, peer, deadline, caller, attempts, decisions, sent, received } = call
  const { code, reason, message } = endOf(error)
  return {
    id,
    path,
    side,
    protocol,
    peer,
    deadline,
    caller,
    attempts,
    decisions,
    sent,
    received,
    key,
    at: Date.now(),
    took: duration,
    slow,
    code,
    reason,
    message,
    type: error === undefined || error.constructor === RpcError ? undefined : error.constructor.name,
    shedBy,
  }
}

/** Is told what a recording sees. */
export interface RecordingListener {
  /** An attempt ended. Default: it is not told. */
  attemptEnded?(recording: CallRecording, attempt: RecordedAttempt): void
  /** A policy decided something. Default: it is not told. */
  decided?(recording: CallRecording, decision: RecordedDecision): void
  /** A message was sent or received. Default: it is not told. */
  message?(recording: CallRecording, direction: MessageDirection, bytes: number): void
  /** The call ended. */
  ended(recording: CallRecording, outcome: CallOutcome): void
}

/** Records what happens to one call, until it ends. */
export class CallRecording implements CallObservation {
  readonly attempts: RecordedAttempt[] = []
  readonly decisions: RecordedDecision[] = []
  readonly sent: Traffic = { messages: 0, bytes: 0 }
  readonly received: Traffic = { messages: 0, bytes: 0 }
  /** Of the current attempt; undefined if it carries no stream, or the protocol tells nothing. */
  backlog: StreamBacklog | undefined = undefined
  private readonly began: number
  /** The call that was being served when this one was made. */
  private readonly parent: Call | undefined

  constructor(
    readonly call: Call,
    readonly side: ObservedSide,
    readonly protocol: string,
    private readonly listener: RecordingListener,
  ) {
    this.began = call.clock.now()
    this.parent = side === 'client' ? servedCall() : undefined
  }

  /** Calls that are made while serving a call share its id. Reading it costs more than all else, so only a call that is kept is asked. */
  get id(): string {
    return (this.parent ?? this.call).id
  }

  /** Milliseconds since it began. */
  get age(): number {
    return this.call.clock.now() - this.began
  }

  attemptBegan({ number, endpoint, cause, balancer, candidates, inFlight }: ObservedAttempt): AttemptObservation {
    const from = this.age
    const attempt: RecordedAttempt = {
      number,
      endpoint: endpoint.address,
      cause,
      balancer,
      candidates,
      inFlight,
      from,
    }
    if (this.attempts.length < mostSteps) this.attempts.push(attempt)
    return {
      ended: error => {
        attempt.to = this.age
        attempt.end = endOf(error)
        this.listener.attemptEnded?.(this, attempt)
      },
    }
  }

  decided({ policy, action, why, delay = 0, error }: Decision): void {
    const code = error === undefined ? {} : { code: error.reason ?? codeName(error.code) }
    const decision = { at: this.age, policy, action, why: cut(why), delay, ...code }
    if (this.decisions.length < mostSteps) this.decisions.push(decision)
    this.listener.decided?.(this, decision)
  }

  message(direction: MessageDirection, bytes: number): void {
    const traffic = this[direction]
    traffic.messages++
    traffic.bytes += bytes
    this.listener.message?.(this, direction, bytes)
  }

  streams(backlog: StreamBacklog): void {
    this.backlog = backlog
  }

  ended(outcome: CallOutcome): void {
    this.listener.ended(this, outcome)
  }

  /** The record without its end. */
  record(): RecordedCall {
    const { call, id, side, protocol, attempts, decisions, sent, received } = this
    const deadline = this.untilDeadline(call)
    const { path } = call.method
    const { caller } = this
    return { id, path, side, protocol, peer: peerOf(call, side), deadline, caller, attempts, decisions, sent, received }
  }

  private get caller(): RecordedCaller | undefined {
    const { parent } = this
    return parent === undefined ? undefined : { path: parent.method.path, left: this.untilDeadline(parent) }
  }

  /** Milliseconds that a call had left when this one began; undefined if it has no deadline. */
  private untilDeadline({ deadline }: Call): number | undefined {
    const left = deadline - this.began
    return Number.isFinite(left) ? left : undefined
  }
}

/** Who called, or answered. */
export function peerOf(call: Call, side: ObservedSide): string | undefined {
  return side === 'server' ? call.peer?.address : call.endpoint?.address
}
