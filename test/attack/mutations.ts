import { Raw } from './raw.js'
import { recorded } from './recording.js'
import type { Shape } from './rig.js'
import type { Load } from './target.js'
import { wires } from './wires.js'

const count = 160
const atOnce = 40

const message: Load = {
  ...{ text: 'a text', legs: 4, weight: 1.5, big: 77n, data: new Uint8Array([1, 2, 3]), isTrue: true, lasts: 1500 },
  by32: new Map([
    [3, true],
    [4, false],
  ]),
  by64: new Map([[5n, true]]),
  byText: new Map([['key', true]]),
  set32: new Set([9, 10]),
  leaves: [{ text: 'leaf', texts: ['a', 'b'], labels: new Map([['q', 'w']]) }, {}],
  inner: { numbers: [1, 2, 3], at: new Date(0) },
  id: '123e4567-e89b-42d3-a456-426614174000',
}

/** A small generator that a failure can be repeated with. Source: mulberry32. */
function random(seed: number): (below: number) => number {
  return below => {
    seed = (seed + 0x6d2b_79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const telling = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x3c, 0x5b, 0x7b]

/** One to four changes: a bit, a byte that tells much, a piece that is cut out, doubled, or put elsewhere. */
function mutated(bytes: Buffer, pick: (below: number) => number): Buffer {
  let result = Buffer.from(bytes)
  for (let changes = 1 + pick(4); changes > 0; changes--) {
    const at = pick(result.length)
    const end = Math.min(result.length, at + 1 + pick(16))
    const piece = result.subarray(at, end)
    switch (pick(5)) {
      case 0:
        result[at] = (result[at] as number) ^ (1 << pick(8))
        break
      case 1:
        result[at] = telling[pick(telling.length)] as number
        break
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(end)])
        break
      case 3:
        result = Buffer.concat([result.subarray(0, end), piece, result.subarray(end)])
        break
      default:
        piece.copy(result, pick(result.length))
    }
    if (result.length === 0) return Buffer.from(bytes)
  }
  return result
}

/** Sends as many at once on connections of their own. */
async function mutate(port: number, wire: string, seed: number): Promise<void> {
  const whole = await recorded(wire, port, remote => remote.take(message))
  const pick = random(seed)
  for (let sent = 0; sent < count; sent += atOnce) {
    const all = await Promise.all(Array.from({ length: atOnce }, () => Raw.open(port, { keep: false })))
    for (const raw of all) raw.send(mutated(whole, pick))
    await Promise.all(all.map(raw => raw.settled(30)))
    for (const raw of all) raw.end()
  }
}

export const shapes = ['http://', 'grpc://', 'thrift://', 'avro://'].map(
  (scheme): Shape => ({
    name: `${count} mutations of a valid call on every wire, ${scheme}`,
    attack: async port => {
      for (const [index, wire] of wires.entries()) if (wire.startsWith(scheme)) await mutate(port, wire, index + 1)
    },
    allowance: 64 << 20,
  }),
)
