import type { CacheEntry, CacheHit, CacheStore, CacheWrite } from '../../caches/cache.js'
import type { Serializer } from '../../codecs/codec.js'
import { json } from '../../codecs/json/codec.js'
import { compileMethod } from '../../codecs/method-serializers.js'
import { defaultLimits } from '../../core/limits.js'
import type { MethodSchema } from '../../schema/service.js'
import { type Adapter, adaptRemoteStores } from './remote-stores.js'

/**
 * Adapts a remote store to the replies of one method: it stores bytes and returns messages. The bytes hold the reply as handlers and
 * callers see it, so class-transformer's decorators do not run.
 *
 * An entry that cannot be read is a miss: another version of the program may have written it. A reply that cannot be encoded is not stored.
 */
class PackedStore implements CacheStore {
  readonly remote = false
  private readonly reply: Serializer

  constructor(
    private readonly store: CacheStore,
    private readonly method: MethodSchema,
    private readonly warn: (error: unknown) => void,
  ) {
    this.reply = compileMethod(json, method, {
      depth: defaultLimits.depth,
      values: Number.POSITIVE_INFINITY,
      transform: 'none',
    }).reply
  }

  get(key: string): CacheHit | undefined | Promise<CacheHit | undefined> {
    const found = this.store.get(key)
    return found instanceof Promise ? found.then(hit => this.unpacked(hit)) : this.unpacked(found)
  }

  set(key: string, entry: CacheEntry, write: CacheWrite): void | Promise<void> {
    let reply: Uint8Array
    try {
      reply = this.reply.encode(entry.reply)
    } catch (error) {
      this.warn(`${this.method.path}: cannot encode the reply for the cache, so it is not stored: ${messageOf(error)}`)
      return undefined
    }
    return this.store.set(key, { ...entry, reply }, write)
  }

  invalidate(tag: string): void | Promise<void> {
    return this.store.invalidate(tag)
  }

  ticket(): unknown {
    return this.store.ticket?.()
  }

  private unpacked(hit: CacheHit | undefined): CacheHit | undefined {
    if (hit === undefined) return undefined
    const { entry, freshFor } = hit
    try {
      return { entry: { ...entry, reply: this.reply.decode(entry.reply as Uint8Array) }, freshFor }
    } catch (error) {
      this.warn(`${this.method.path}: cannot read a cached entry, fetching again: ${messageOf(error)}`)
      return undefined
    }
  }
}

/** From now on remote stores work. */
export function packRemoteStores(): void {
  adaptRemoteStores(adapt)
}

const adapt: Adapter = (...args) => new PackedStore(...args)

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
