import type {
  AttemptCause,
  AttemptObservation,
  CallObservation,
  Decision,
  MessageDirection,
  ObservedAttempt,
} from './call-observer.js'
import type { RpcError } from './rpc-error.js'

/** What the engine keeps of an observed call. Its attempts share it, parallel ones too. */
export class ObservedCall {
  /** Server: why the reply could not be sent, which its handler does not know. */
  replyFailure: RpcError | undefined = undefined
  private attempts = 0
  private cause: AttemptCause = 'first'

  constructor(readonly observation: CallObservation) {}

  attemptBegan(attempt: Omit<ObservedAttempt, 'number' | 'cause'>): AttemptObservation | undefined {
    this.attempts++
    return this.observation.attemptBegan?.({ ...attempt, number: this.attempts, cause: this.cause })
  }

  /** A policy calls it before what it decided happens. */
  decided(decision: Decision): void {
    const { action } = decision
    if (action === 'retry' || action === 'hedge' || action === 'failover') this.cause = action
    this.observation.decided?.(decision)
  }

  message(direction: MessageDirection, bytes: number): void {
    this.observation.message?.(direction, bytes)
  }
}
