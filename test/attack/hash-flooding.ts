import { Code } from '../../src/index.js'
import { collidingDoubles, collidingInt32, collidingInt64 } from './colliding.js'
import type { Shape } from './rig.js'
import type { Load } from './target.js'
import { codeOf, over, wires } from './wires.js'

const count = 5000

/** A map that only lists its entries, so that sending it floods nobody but the server. */
class Listed<K> extends Map<K, boolean> {
  constructor(private readonly list: readonly K[]) {
    super()
  }

  override get size(): number {
    return this.list.length
  }

  override *[Symbol.iterator](): MapIterator<[K, boolean]> {
    for (const key of this.list) yield [key, true]
  }

  override entries(): MapIterator<[K, boolean]> {
    return this[Symbol.iterator]()
  }

  override *keys(): MapIterator<K> {
    yield* this.list
  }

  override forEach(run: (value: boolean, key: K, map: Map<K, boolean>) => void): void {
    for (const key of this.list) run(true, key, this)
  }
}

class ListedSet<K> extends Set<K> {
  constructor(private readonly list: readonly K[]) {
    super()
  }

  override get size(): number {
    return this.list.length
  }

  override *[Symbol.iterator](): SetIterator<K> {
    yield* this.list
  }

  override *values(): SetIterator<K> {
    yield* this.list
  }

  override forEach(run: (value: K, key: K, set: Set<K>) => void): void {
    for (const key of this.list) run(key, key, this)
  }
}

const shuffled = Array.from({ length: count }, (_, i) => (i * 7919 * 7919) | 0)
const bigs = shuffled.map(value => BigInt(value) * 0x1_0003n + (1n << 61n))
const fractions = shuffled.map(value => value * 1e9 + 0.5)

const hostile: Load = {
  by32: new Listed(collidingInt32(count)),
  by64: new Listed(collidingInt64(count)),
  set32: new ListedSet(collidingInt32(count)),
  set64: new ListedSet(collidingInt64(count)),
  setDouble: new ListedSet(collidingDoubles(count)),
}
const ordinary: Load = {
  by32: new Listed(shuffled),
  by64: new Listed(bigs),
  set32: new ListedSet(shuffled),
  set64: new ListedSet(bigs),
  setDouble: new ListedSet(fractions),
}

/** Every codec once; what carries it is no matter here. */
const codecs = wires.filter(wire => /codec=|^avro:\/\/AT$/.test(wire))

export const shapes: readonly Shape[] = [
  {
    name: 'maps and sets of numbers whose hashes collide, in every codec',
    ordinary: async port => {
      for (const wire of codecs) await over(wire, port, remote => remote.take(ordinary))
    },
    attack: async (port, t, { spends }) => {
      for (const wire of codecs) {
        const send = async () => {
          const code = await over(wire, port, remote => codeOf(remote.take(hostile)))
          t.true(code === undefined || code === Code.resource_exhausted, `${wire}: code ${code}`)
        }
        await spends(wire, send, async () => void (await over(wire, port, remote => remote.take(ordinary))), 8)
      }
    },
  },
]
