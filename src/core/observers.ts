import type { Call } from './call.js'
import type {
  AttemptObservation,
  CallObservation,
  CallObserver,
  CallOutcome,
  Decision,
  MessageDirection,
  ObservedAttempt,
  ObservedSide,
} from './call-observer.js'
import type { RpcError } from './rpc-error.js'

/** Receives what an observer throws. */
type Report = (error: unknown) => void

/** One observer for all of these, which never throws. Undefined if there are none: then nothing is observed. */
export function observerOf(observers: readonly CallObserver[], report: Report): CallObserver | undefined {
  if (observers.length === 0) return undefined
  const tell = (to: (one: CallObserver) => void) => {
    for (const one of observers) {
      try {
        to(one)
      } catch (error) {
        report(error)
      }
    }
  }
  return {
    needsHeaders: observers.some(one => one.needsHeaders),
    callBegan: (call, side, protocol) => observationOf(observers, { call, side, protocol, report }),
    callRefused: refused => tell(one => one.callRefused?.(refused)),
    breakerChanged: change => tell(one => one.breakerChanged?.(change)),
  }
}

interface Begun {
  readonly call: Call
  readonly side: ObservedSide
  readonly protocol: string
  readonly report: Report
}

function observationOf(
  observers: readonly CallObserver[],
  { call, side, protocol, report }: Begun,
): CallObservation | undefined {
  const found: CallObservation[] = []
  let hasContext = false
  for (const one of observers) {
    try {
      const observation = one.callBegan(call, side, protocol)
      if (observation === undefined) continue
      found.push(observation)
      if (observation.run !== undefined) hasContext = true
    } catch (error) {
      report(error)
    }
  }
  if (found.length === 0) return undefined
  return hasContext ? new ObservationsInContext(found, report) : new Observations(found, report)
}

/** The observations of one call, none of which can harm it. */
class Observations implements CallObservation {
  constructor(
    protected readonly all: readonly CallObservation[],
    protected readonly report: Report,
  ) {}

  attemptBegan(attempt: ObservedAttempt): AttemptObservation | undefined {
    let begun: AttemptObservation[] | undefined
    for (const one of this.all) {
      try {
        const observation = one.attemptBegan?.(attempt)
        if (observation === undefined) continue
        begun ??= []
        begun.push(observation)
      } catch (error) {
        this.report(error)
      }
    }
    return begun === undefined ? undefined : new Attempts(begun, this.report)
  }

  decided(decision: Decision): void {
    for (const one of this.all) {
      try {
        one.decided?.(decision)
      } catch (error) {
        this.report(error)
      }
    }
  }

  message(direction: MessageDirection, bytes: number): void {
    for (const one of this.all) {
      try {
        one.message?.(direction, bytes)
      } catch (error) {
        this.report(error)
      }
    }
  }

  ended(outcome: CallOutcome): void {
    for (const one of this.all) {
      try {
        one.ended(outcome)
      } catch (error) {
        this.report(error)
      }
    }
  }
}

class Attempts implements AttemptObservation {
  constructor(
    private readonly all: readonly AttemptObservation[],
    private readonly report: Report,
  ) {}

  ended(failure: RpcError | undefined): void {
    for (const one of this.all) {
      try {
        one.ended(failure)
      } catch (error) {
        this.report(error)
      }
    }
  }
}

/** Observations of which some run the call in a context. */
class ObservationsInContext extends Observations {
  run<T>(next: () => T): T {
    return this.all.reduceRight<() => T>((inner, one) => () => this.within(one, inner), next)()
  }

  /** Runs `next` once, even if the observation throws or does not call it. */
  private within<T>(observation: CallObservation, next: () => T): T {
    if (observation.run === undefined) return next()
    let outcome: { readonly value: T } | undefined
    let failed: { readonly error: unknown } | undefined
    try {
      observation.run(() => {
        try {
          outcome ??= { value: next() }
        } catch (error) {
          failed ??= { error }
        }
      })
    } catch (error) {
      this.report(error)
    }
    if (failed !== undefined) throw failed.error
    return (outcome ?? { value: next() }).value
  }
}
