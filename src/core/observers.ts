import type { ActiveCall } from './active-call.js'
import type {
  BreakerChange,
  CallObserver,
  ConnectionChange,
  EjectionChange,
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

  private readonly sides: SideObserver[] = []

  private constructor(
    readonly all: readonly CallObserver[],
    readonly report: ObserverReport,
  ) {
    this.needsHeaders = all.some(one => one.needsHeaders)
    this.needsContext = all.some(one => one.needsContext !== false)
  }

  /** Undefined if there are none: then nothing is observed. */
  static of(all: readonly CallObserver[], report: ObserverReport): Observers | undefined {
    return all.length === 0 ? undefined : new Observers(all, report)
  }

  /**
   * What begins the calls of one side over one protocol.
   * @param target of a channel
   */
  at(side: ObservedSide, protocol: string, target?: string): SideObserver {
    for (const one of this.sides) if (one.side === side && one.protocol === protocol) return one
    const made = new SideObserver(this, side, { protocol, target })
    this.sides.push(made)
    return made
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

/** Begins the calls of one side over one protocol. */
export class SideObserver {
  readonly isServer: boolean
  readonly needsHeaders: boolean
  readonly needsContext: boolean
  readonly report: ObserverReport
  readonly protocol: string
  readonly target: string | undefined
  private readonly all: readonly CallObserver[]

  constructor(
    { all, report, needsHeaders, needsContext }: Observers,
    readonly side: ObservedSide,
    { protocol, target }: { readonly protocol: string; readonly target: string | undefined },
  ) {
    this.protocol = protocol
    this.target = target
    this.all = all
    this.report = report
    this.needsHeaders = needsHeaders
    this.needsContext = needsContext
    this.isServer = side === 'server'
  }

  /** Undefined if nothing observes the call. */
  begin(call: ActiveCall): ObservedCall | undefined {
    let observed: ObservedCall | undefined
    for (const one of this.all) {
      const observation = guarded(this.report, callBegan, one, call, this)
      if (observation === undefined) continue
      if (observed === undefined) observed = new ObservedCall(this, call, observation)
      else observed.add(observation)
    }
    return observed
  }
}

const callBegan = (to: CallObserver, call: ActiveCall, { side, protocol, target }: SideObserver) =>
  to.callBegan(call, side, protocol, target)
const callRefused = (to: CallObserver, refused: RefusedCall) => to.callRefused?.(refused)
const connectionChanged = (to: CallObserver, change: ConnectionChange) => to.connectionChanged?.(change)
const ejectionChanged = (to: CallObserver, change: EjectionChange) => to.ejectionChanged?.(change)
const breakerChanged = (to: CallObserver, change: BreakerChange) => to.breakerChanged?.(change)
