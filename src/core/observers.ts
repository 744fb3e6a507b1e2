import type { ActiveCall } from './active-call.js'
import type { MethodInfo } from './call.js'
import type {
  BreakerChange,
  CallObservation,
  CallObserver,
  ConnectionChange,
  EjectionChange,
  MethodObserver,
  ObservedSide,
  RefusedCall,
} from './call-observer.js'
import { guarded, type ObserverReport } from './guarded.js'
import { ObservedCall } from './observed-call.js'

/** The observers of one channel or server. */
export class Observers {
  /** Whether one of them sets request headers. */
  readonly needsHeaders: boolean
  /** Whether one of them is told of ends in the context of the caller. */
  readonly needsContext: boolean

  private constructor(
    readonly all: readonly CallObserver[],
    readonly report: ObserverReport,
  ) {
    this.needsHeaders = all.some(one => one.needsHeaders)
    this.needsContext = all.some(one => one.needsContext !== false)
  }

  /** An observer that is given twice sees each call once. Undefined if there are none: then nothing is observed. */
  static of(all: readonly CallObserver[], report: ObserverReport): Observers | undefined {
    return all.length === 0 ? undefined : new Observers([...new Set(all)], report)
  }

  /**
   * What begins the calls of one method over one protocol, on one side. The observers are bound to it with its first call.
   * @param target of a channel
   */
  of(method: MethodInfo, side: ObservedSide, protocol: string, target?: string): ObservedMethod {
    return new ObservedMethod(this, { method, side, protocol, target })
  }

  callRefused(refused: RefusedCall): void {
    for (const one of this.all) guarded(this.report, callRefused, one, refused, undefined)
  }

  connectionChanged(change: ConnectionChange): void {
    for (const one of this.all) guarded(this.report, connectionChanged, one, change, undefined)
  }

  ejectionChanged(change: EjectionChange): void {
    for (const one of this.all) guarded(this.report, ejectionChanged, one, change, undefined)
  }

  breakerChanged(change: BreakerChange): void {
    for (const one of this.all) guarded(this.report, breakerChanged, one, change, undefined)
  }
}

/** Whose calls are observed. */
interface Observable {
  readonly method: MethodInfo
  readonly side: ObservedSide
  readonly protocol: string
  readonly target: string | undefined
}

/** Begins the observation of the calls of one method over one protocol, on one side. */
export class ObservedMethod {
  readonly isServer: boolean
  readonly needsHeaders: boolean
  readonly needsContext: boolean
  readonly report: ObserverReport
  readonly protocol: string
  private bound: readonly MethodObserver[] | undefined = undefined

  constructor(
    private readonly observers: Observers,
    private readonly what: Observable,
  ) {
    const { report, needsHeaders, needsContext } = observers
    this.protocol = what.protocol
    this.report = report
    this.needsHeaders = needsHeaders
    this.needsContext = needsContext
    this.isServer = what.side === 'server'
  }

  /** Undefined if nothing observes the call. */
  begin(call: ActiveCall): ObservedCall | undefined {
    this.bound ??= this.bind()
    const { bound } = this
    let observed: ObservedCall | undefined
    for (let i = 0; i < bound.length; i++) {
      let observation: CallObservation | undefined
      // Written out, as in ObservedCall.
      try {
        observation = (bound[i] as MethodObserver).callBegan(call)
      } catch (error) {
        this.report(error)
      }
      if (observation === undefined) continue
      if (observed === undefined) observed = new ObservedCall(this, call, observation)
      else observed.add(observation)
    }
    return observed
  }

  private bind(): readonly MethodObserver[] {
    const { side, protocol, target } = this.what
    return this.observers.all.map(
      one =>
        guarded(this.report, methodBound, one, this.what, undefined) ?? {
          callBegan: call => one.callBegan(call, side, protocol, target),
        },
    )
  }
}

const methodBound = (to: CallObserver, { method, side, protocol, target }: Observable) =>
  to.bindMethod?.(method, side, protocol, target)
const callRefused = (to: CallObserver, refused: RefusedCall) => to.callRefused?.(refused)
const connectionChanged = (to: CallObserver, change: ConnectionChange) => to.connectionChanged?.(change)
const ejectionChanged = (to: CallObserver, change: EjectionChange) => to.ejectionChanged?.(change)
const breakerChanged = (to: CallObserver, change: BreakerChange) => to.breakerChanged?.(change)
