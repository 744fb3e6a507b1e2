/**
 * Problem: a server that accepts connections may still not want calls, because it starts, drains, or misses something it depends on.
 *
 * With `connect(..., { health: true })` the channel watches `grpc.health.v1.Health` on each link, and leaves out nodes that do not serve. A
 * server without that service, or that does not let this client ask, counts as serving. Source: grpc/doc/health-checking.md, gRFC A17.
 */
import type { Random } from '../balancers/balancer.js'
import {
  Health,
  type HealthCheckResponse,
  HealthCheckResponseServingStatus as ServingStatus,
} from '../contracts/grpc/health/v1/health.js'
import { ActiveCall } from '../core/active-call.js'
import { type Clock, pause } from '../core/clock.js'
import { Code } from '../core/code.js'
import { failure, RpcError } from '../core/rpc-error.js'
import { serviceOf } from '../decorators/read-service.js'
import type { Link } from '../protocols/protocol.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import { reconnectDelay } from './backoff.js'

export interface HealthWatchSettings {
  /** The name of the service to watch; empty for the server as a whole. */
  readonly service: string
  readonly clock: Clock
  readonly random: Random
}

/** Codes that say nothing about the server's health and will not change. */
const tellsNothing: ReadonlySet<Code> = new Set([Code.unimplemented, Code.unauthenticated, Code.permission_denied])

/** The health service, which the channel binds in addition to its own. */
export function healthService(): ServiceSchema {
  return serviceOf(Health)
}

/** Watches the server's health until the link closes or the signal aborts. @param setServing called at every change */
export async function watchHealth(
  link: Link,
  { service, clock, random }: HealthWatchSettings,
  { signal, setServing }: { readonly signal: AbortSignal; readonly setServing: (serving: boolean) => void },
): Promise<void> {
  const method = healthService().methods.find(({ key }) => key === 'watch') as MethodSchema
  for (let failures = 1; link.open && !signal.aborted; failures++) {
    const call = new ActiveCall({ method, message: { service }, clock, deadline: Number.POSITIVE_INFINITY })
    const stop = () => call.cancel(failure('channel_closed', Code.canceled, 'the channel was closed'))
    signal.addEventListener('abort', stop, { once: true })
    try {
      for await (const { status } of (await link.handle(call)) as AsyncIterable<HealthCheckResponse>) {
        failures = 0
        setServing(status === ServingStatus.SERVING)
      }
    } catch (error) {
      if (error instanceof RpcError && tellsNothing.has(error.code)) return setServing(true)
    } finally {
      signal.removeEventListener('abort', stop)
      call.finish()
    }
    if (link.open) await pause(clock, reconnectDelay(Math.max(1, failures), random), signal)
  }
}
