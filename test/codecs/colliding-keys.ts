/** Undoes V8's hashes of numbers, step by step, so that keys of any hash can be made. The forward direction: src/codecs/values/v8-key-hash.ts. */

const word = 2n ** 64n - 1n
const [per2057, per5, per32767, per65, per21, per262143] = [2057n, 5n, 32_767n, 65n, 21n, 262_143n].map(inverse) as [
  bigint,
  bigint,
  bigint,
  bigint,
  bigint,
  bigint,
]

/** @returns `count` int32s whose hashes agree in their last 14 bits */
export function collidingInts(count: number): number[] {
  return Array.from({ length: count }, (_, index) => intOfHash(index << 14))
}

/** @returns positive bigints of 63 bits, likewise */
export function collidingLongs(count: number): bigint[] {
  return colliding(count, key => (key < 2n ** 63n ? key : undefined))
}

const double = new DataView(new ArrayBuffer(8))

/** @returns doubles with a fraction, likewise */
export function collidingDoubles(count: number): number[] {
  return colliding(count, key => {
    double.setBigUint64(0, key)
    const value = double.getFloat64(0)
    return Number.isFinite(value) && !Number.isInteger(value) ? value : undefined
  })
}

function colliding<T>(count: number, keyOf: (bits: bigint) => T | undefined): T[] {
  const keys: T[] = []
  for (let hash = 1n; keys.length < count; hash++) {
    const key = keyOf(longOfHash(hash << 14n))
    if (key !== undefined) keys.push(key)
  }
  return keys
}

function intOfHash(hash: number): number {
  let key = hash ^ (hash >>> 16)
  key = Math.imul(key, int(per2057))
  key = unfold32(key, 4)
  key = Math.imul(key, int(per5))
  key = unfold32(key, 12)
  return Math.imul(key + 1, int(per32767))
}

function int(value: bigint): number {
  return Number(BigInt.asIntN(32, value))
}

function longOfHash(hash: bigint): bigint {
  let key = unfold64(hash, 22n)
  key = (key * per65) & word
  key = unfold64(key, 11n)
  key = (key * per21) & word
  key = unfold64(key, 31n)
  return ((key + 1n) * per262143) & word
}

/** Of an odd number, modulo 2^64, by Newton's method. */
function inverse(odd: bigint): bigint {
  let found = 1n
  for (let bits = 1; bits < 64; bits *= 2) found = (found * (2n - odd * found)) & word
  return found
}

/** The value that `value ^ (value >>> shift)` was made of. */
function unfold32(folded: number, shift: number): number {
  let value = folded
  for (let bits = shift; bits < 32; bits += shift) value = folded ^ (value >>> shift)
  return value
}

function unfold64(folded: bigint, shift: bigint): bigint {
  let value = folded
  for (let bits = shift; bits < 64n; bits += shift) value = folded ^ (value >> shift)
  return value
}
