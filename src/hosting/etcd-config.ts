/**
 * Problem: the policies of a fleet shall change at once, and not file by file.
 *
 *     const config = await etcdConfig('etcd://127.0.0.1:2379/policies/hello')
 *     connect(Hello, target, { config })
 *
 * One key holds one configuration, as JSON. Whoever follows it has a watch of its own, which ends with its remote or server.
 */
import { reconnectDelay } from '../client/backoff.js'
import { connect } from '../client/connect.js'
import { withCall } from '../client/proxy.js'
import type { ConfigSource } from '../config/config-source.js'
import type { ServiceConfig } from '../config/service-config.js'
import { type Clock, pause } from '../core/clock.js'
import { detached } from '../core/flow.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { EventType, type WatchEvent } from '../resolvers/etcd-api.js'
import { etcdTarget, watchEtcd } from '../resolvers/etcd-watch.js'
import type { Class } from '../schema/type.js'
import { ConfigFollower } from './config-follower.js'

export interface EtcdConfigOptions {
  /** Holds until the key can be read, so that a start does not depend on etcd: it gets a second. Default: none, and the start fails. */
  readonly fallback?: ServiceConfig
  /** For tests. */
  readonly clock?: Clock
}

/** Closing it ends the watches of all that follow it; each remote and server ends its own when it is closed. */
export interface EtcdConfig extends ConfigSource, AsyncDisposable {
  close(): Promise<void>
}

/**
 * A configuration in a key of etcd. While etcd is away, while the key is gone, and where its value is wrong the last good one stays, and
 * `report` of the remote or server is told.
 * @param url `etcd://<member>[,<member>...]/<key>`; a key that begins with a slash stands behind two
 * @throws RpcError `failed_precondition`: `invalid_target` where it is no such URL, `invalid_config` where the value is no JSON; without a
 * fallback also `unavailable` where etcd cannot be reached, and `invalid_config` where there is no such key
 */
export async function etcdConfig(url: string, options: EtcdConfigOptions = {}): Promise<EtcdConfig> {
  const source = new EtcdKeyConfig(placeOf(url), options)
  await source.read()
  return source
}

/** Milliseconds that a start with a fallback waits for etcd. */
const longestStart = 1000

interface Place {
  readonly authority: string
  readonly key: string
}

function placeOf(url: string): Place {
  const [, authority, key] = /^etcd:\/\/([^/?#]+)\/(.+)$/.exec(url) ?? []
  if (authority === undefined || key === undefined)
    throw misuse(
      'invalid_target',
      `etcdConfig: ${JSON.stringify(url)} names no key; write etcd://127.0.0.1:2379/policies/hello`,
    )
  etcdTarget(authority)
  return { authority, key }
}

class EtcdKeyConfig implements EtcdConfig {
  /** The last value that was JSON; undefined while there has been none. */
  private text: string | undefined
  private readonly stops = new Set<() => Promise<void>>()
  private readonly clock: Clock

  constructor(
    private readonly place: Place,
    private readonly options: EtcdConfigOptions,
  ) {
    this.clock = options.clock ?? systemClock
  }

  current(): unknown {
    return this.text === undefined ? this.options.fallback : JSON.parse(this.text)
  }

  watch(changed: (config: unknown) => void, failed: (error: unknown) => void): () => Promise<void> {
    const abort = new AbortController()
    const follower = new ConfigFollower(this.text, { changed, failed })
    const running = detached(() => this.follow(follower, abort.signal))
    const stop = () => {
      this.stops.delete(stop)
      abort.abort()
      return running
    }
    this.stops.add(stop)
    return stop
  }

  async close(): Promise<void> {
    await Promise.all([...this.stops].map(stop => stop()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What start-up begins with. */
  async read(): Promise<void> {
    const { fallback } = this.options
    const abort = new AbortController()
    const patience = fallback && this.clock.schedule(longestStart, { expire: () => abort.abort() })
    try {
      for await (const events of this.events(abort.signal)) {
        this.text = textOf(events)
        break
      }
    } catch (error) {
      if (fallback === undefined) throw error
    } finally {
      patience?.cancel()
    }
    if (this.text === undefined && fallback === undefined)
      throw misuse('invalid_config', `etcdConfig: etcd has no key ${this.name}; put it there, or give a fallback`)
    if (this.text !== undefined && !isJson(this.text))
      throw misuse('invalid_config', `etcdConfig: the value of ${this.name} is no JSON`)
  }

  /** Begins anew, with backoff, whenever etcd has been away. */
  private async follow(follower: ConfigFollower, signal: AbortSignal): Promise<void> {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        for await (const events of this.events(signal)) {
          failures = 0
          const text = textOf(events)
          if (text !== undefined && isJson(text)) this.text = text
          follower.take(text, this.name)
        }
      } catch (error) {
        if (!signal.aborted) follower.lost(error)
      }
      await pause(this.clock, reconnectDelay(Math.max(1, failures), Math.random), signal)
    }
  }

  private events(signal: AbortSignal): AsyncGenerator<readonly WatchEvent[]> {
    const range = { key: new TextEncoder().encode(this.place.key), range_end: new Uint8Array() }
    const { clock } = this
    return watchEtcd(range, {
      authority: this.place.authority,
      signal,
      connect: <T extends object>(service: Class<T>, target: string) =>
        withCall(connect(service, target, { clock }), { signal }),
    })
  }

  private get name(): string {
    return JSON.stringify(this.place.key)
  }
}

/** The key's value behind these events; undefined where there is none. */
function textOf(events: readonly WatchEvent[]): string | undefined {
  const last = events.at(-1)
  if (last === undefined || last.type === EventType.DELETE) return undefined
  return new TextDecoder().decode(last.kv.value)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
