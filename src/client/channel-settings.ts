import type { Random } from '../balancers/balancer.js'
import type { ConnectionChange, EjectionChange } from '../core/call-observer.js'
import type { Clock } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import type { Observers } from '../core/observers.js'
import type { Dialer } from '../protocols/protocol.js'
import type { ExplainOptions } from './explain.js'
import type { HealthWatchSettings } from './health-watch.js'
import type { OutlierEjection } from './outlier-ejection.js'
import type { ResolutionSource } from './resolution.js'

/** What a channel is made of. */
export interface ChannelSettings {
  readonly source: ResolutionSource
  readonly dialer: Dialer
  /** The name of its protocol. */
  readonly protocol: string
  /** Its target. */
  readonly uri: string
  readonly clock: Clock
  readonly random: Random
  /** Milliseconds. */
  readonly maxReconnectDelay: number
  /** Dials every endpoint as soon as it is found. */
  readonly eager: boolean
  readonly zone: string | undefined
  readonly subset: { readonly size: number; readonly seed: number } | undefined
  readonly ejection: OutlierEjection | undefined
  readonly health: HealthWatchSettings | undefined
  /** What `connect` was given that decides the policies. */
  readonly given: ExplainOptions
  /** Whether its connections have TLS. */
  readonly secure: boolean
  /** Sees every call. */
  readonly observer: Observers | undefined
  readonly report: (error: unknown) => void
}

/** Tells the observers of a channel about its endpoints; undefined if it has none. */
export function observedEndpoints({ observer, protocol, uri: target, secure }: ChannelSettings) {
  if (observer === undefined) return { connectionChanged: undefined, ejectionChanged: undefined }
  return {
    connectionChanged: (endpoint: Endpoint, state: ConnectionChange['state'], reason: ConnectionChange['reason']) =>
      observer.connectionChanged({ protocol, target, endpoint, secure, state, reason }),
    ejectionChanged: (endpoint: Endpoint, state: EjectionChange['state']) =>
      observer.ejectionChanged({ protocol, target, endpoint, state }),
  }
}
