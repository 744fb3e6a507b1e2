import type { Duration } from '../core/duration.js'
import { positiveTime, readOptions } from '../core/options.js'
import { misuse } from '../core/rpc-error.js'
import type { Keepalive } from '../protocols/protocol.js'

/**
 * PINGs that look for a dead connection, on protocols over HTTP/2. Source: gRFC A8.
 *
 * @example
 * connect(Ticker, 'grpc://10.0.0.1:50051', { keepalive: { time: '1m' } })
 */
export interface KeepaliveOptions {
  /**
   * How long nothing may arrive, while a call is in flight, until the client sends a PING. The server must allow it (`limits.minPingTime`,
   * 5 min by default): it ends a connection with more frequent PINGs, and the client then doubles the time. Default: `Infinity`, never.
   */
  readonly time?: Duration
  /** How long the client waits for an answer until it gives the connection up. Default 20 s. */
  readonly timeout?: Duration
  /** Sends PINGs also while no call is in flight; default false. Most servers allow one in 2 hours. */
  readonly withoutCalls?: boolean
}

/** @throws RpcError `failed_precondition` (`invalid_duration`, `invalid_policy`) */
export function keepaliveOf(options: KeepaliveOptions): Keepalive {
  return readOptions('connect: keepalive', options, {
    time: positiveTime(Number.POSITIVE_INFINITY),
    timeout: positiveTime('20s'),
    withoutCalls: (value = false, where) => {
      if (typeof value === 'boolean') return value
      throw misuse('invalid_policy', `${where} must be true or false, got ${JSON.stringify(value)}`)
    },
  })
}
