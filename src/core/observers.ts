import type { Call } from './call.js'
import type {
  AttemptObservation,
  CallObservation,
  CallObserver,
  ObservedAttempt,
  ObservedSide,
} from './call-observer.js'

/** Receives what an observer throws. */
type Report = (error: unknown) => void

/** One observer for all of these, which never throws. Undefined if there are none: then nothing is observed. */
export function observerOf(observers: readonly CallObserver[], report: Report): CallObserver | undefined {
  if (observers.length === 0) return undefined
  const safe = safely(report)
  return {
    needsHeaders: observers.some(one => one.needsHeaders),
    callBegan: (call, side) => observationOf(observers, { call, side, report }),
    callRefused: refused => {
      for (const one of observers) safe(() => one.callRefused?.(refused))
    },
    breakerChanged: change => {
      for (const one of observers) safe(() => one.breakerChanged?.(change))
    },
  }
}

/** Calls an observer. What it throws is reported, and never reaches the call. */
function safely(report: Report) {
  return <T>(run: () => T): T | undefined => {
    try {
      return run()
    } catch (error) {
      report(error)
      return undefined
    }
  }
}

interface Begun {
  readonly call: Call
  readonly side: ObservedSide
  readonly report: Report
}

function observationOf(observers: readonly CallObserver[], { call, side, report }: Begun): CallObservation | undefined {
  const found: CallObservation[] = []
  const safe = safely(report)
  for (const one of observers) {
    const observation = safe(() => one.callBegan(call, side))
    if (observation !== undefined) found.push(observation)
  }
  return found.length === 0 ? undefined : new SafeObservation(found, report)
}

/** The observations of one call, none of which can harm it. */
class SafeObservation implements CallObservation {
  private readonly safe: ReturnType<typeof safely>

  constructor(
    private readonly all: readonly CallObservation[],
    private readonly report: Report,
  ) {
    this.safe = safely(report)
  }

  run<T>(next: () => T): T {
    return this.all.reduceRight<() => T>((inner, one) => () => this.within(one, inner), next)()
  }

  attemptBegan(attempt: ObservedAttempt): AttemptObservation | undefined {
    const begun: AttemptObservation[] = []
    for (const one of this.all) {
      const observation = this.safe(() => one.attemptBegan?.(attempt))
      if (observation !== undefined) begun.push(observation)
    }
    if (begun.length === 0) return undefined
    return {
      ended: error => {
        for (const one of begun) this.safe(() => one.ended(error))
      },
    }
  }

  decided(...args: Parameters<NonNullable<CallObservation['decided']>>): void {
    for (const one of this.all) this.safe(() => one.decided?.(...args))
  }

  message(...args: Parameters<NonNullable<CallObservation['message']>>): void {
    for (const one of this.all) this.safe(() => one.message?.(...args))
  }

  ended(...args: Parameters<CallObservation['ended']>): void {
    for (const one of this.all) this.safe(() => one.ended(...args))
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
