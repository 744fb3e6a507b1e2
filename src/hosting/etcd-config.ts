import { reconnectDelay } from '../client/backoff.js'
import { connect } from '../client/connect.js'
import { withCall } from '../client/proxy.js'
import type { ConfigSource } from '../config/config-source.js'
import { parseConfig } from '../config/parse-config.js'
import type { ServiceConfig } from '../config/service-config.js'
import { type Event, EventEventType } from '../contracts/etcd/api/mvccpb/kv.js'
import { type Clock, pause } from '../core/clock.js'
import { detached } from '../core/flow.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { etcdTarget, watchEtcd } from '../resolvers/etcd-watch.js'
import type { Class } from '../schema/type.js'
import { ConfigFollower } from './config-follower.js'

/** Options of `etcdConfig`. */
export interface EtcdConfigOptions {
  /** Applies if the key cannot be read within a second, until it can. Default: none, so that start-up fails without etcd. */
  readonly fallback?: ServiceConfig
  /** The source of time, for tests. Default: the system's clock. */
  readonly clock?: Clock
}

/** A configuration in etcd. Each client and server that follows it has its own watch, which ends when the client or server is closed. */
export interface EtcdConfig extends ConfigSource, AsyncDisposable {
  /** Ends all watches. */
  close(): Promise<void>
}

/**
 * Reads policies from a key of etcd, as JSON, and follows its changes, so that the policies of a whole fleet change at once.
 *
 * If etcd is away, the key is deleted or its value is wrong, the last good configuration stays in force, and `report` receives the error.
 *
 * @param url `etcd://<member>[,<member>...]/<key>`; a key that begins with a slash follows two of them
 *
 * @example
 * const config = await etcdConfig('etcd://127.0.0.1:2379/policies/hello')
 * connect(Hello, target, { config })
 *
 * @throws RpcError `failed_precondition` (`invalid_target`) if the URL is wrong, or (`invalid_config`) if the value is not JSON. Without a
 *   fallback also `invalid_config` if the key does not exist, and `unavailable` if etcd cannot be reached
 * @see docs/guide/configuration.md
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
      `etcdConfig: ${JSON.stringify(url)} does not name a key; write etcd://127.0.0.1:2379/policies/hello`,
    )
  etcdTarget(authority)
  return { authority, key }
}

class EtcdKeyConfig implements EtcdConfig {
  /** The last value that was JSON; undefined before the first. */
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

  /** Reads the configuration for start-up. */
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
      throw misuse('invalid_config', `etcdConfig: etcd has no key ${this.name}; create it, or give a fallback`)
    if (this.text !== undefined) parseConfig(this.text, this.name)
  }

  /** Watches the key. Starts again, with backoff, after each loss of etcd. */
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

  private events(signal: AbortSignal): AsyncGenerator<readonly Event[]> {
    const range = { key: new TextEncoder().encode(this.place.key), rangeEnd: new Uint8Array() }
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

/** The key's value after these events; undefined if it was deleted. */
function textOf(events: readonly Event[]): string | undefined {
  const last = events.at(-1)
  if (last?.kv === undefined || last.type === EventEventType.DELETE) return undefined
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
