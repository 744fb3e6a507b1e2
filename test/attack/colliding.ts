/**
 * Keys whose hashes fall into one bucket of a V8 hash table, which has no seed for numbers: each of its steps can be undone, so keys are made from
 * hashes. Source: V8, src/utils/hash (ComputeUnseededHash and ComputeLongHash, by Thomas Wang).
 */

/** `count` hashes (30 bits of which V8 keeps) that agree in as many low bits as a table of so many entries looks at. */
function* hashes(count: number): Iterable<bigint> {
  const bits = BigInt(Math.ceil(Math.log2(count)))
  for (let i = 0; i < count; i++) yield BigInt(i) << bits
}

export function collidingInt32(count: number): number[] {
  return Array.from(hashes(count), hash => Number(BigInt.asIntN(32, undone32(hash))))
}

/** Positive ones: V8 hashes a bigint's magnitude. */
export function collidingInt64(count: number): bigint[] {
  const keys: bigint[] = []
  for (const hash of hashes(4 * count)) {
    const key = undone64(hash)
    if (key < 1n << 63n) keys.push(key)
    if (keys.length === count) break
  }
  return keys
}

/** Numbers that are no integers of 32 bits are hashed by their 64 bits. */
export function collidingDoubles(count: number): number[] {
  const view = new DataView(new ArrayBuffer(8))
  return collidingInt64(2 * count)
    .map(bits => {
      view.setBigInt64(0, bits)
      return view.getFloat64(0)
    })
    .filter(value => Number.isFinite(value))
    .slice(0, count)
}

const mask32 = (1n << 32n) - 1n
const mask64 = (1n << 64n) - 1n

function undone32(hash: bigint): bigint {
  let h = unshifted(hash, 16n, 32n)
  h = (h * inverse(2057n, 32n)) & mask32
  h = unshifted(h, 4n, 32n)
  h = (h * inverse(5n, 32n)) & mask32
  h = unshifted(h, 12n, 32n)
  // ~h + (h << 15) is h * (2^15 - 1) - 1.
  return ((h + 1n) * inverse((1n << 15n) - 1n, 32n)) & mask32
}

function undone64(hash: bigint): bigint {
  let h = unshifted(hash, 22n, 64n)
  h = (h * inverse(65n, 64n)) & mask64
  h = unshifted(h, 11n, 64n)
  h = (h * inverse(21n, 64n)) & mask64
  h = unshifted(h, 31n, 64n)
  return ((h + 1n) * inverse((1n << 18n) - 1n, 64n)) & mask64
}

/** Undoes h ^ (h >> shift). */
function unshifted(hash: bigint, shift: bigint, bits: bigint): bigint {
  let h = hash
  for (let known = shift; known < bits; known += shift) h = hash ^ (h >> shift)
  return h
}

/** Of an odd factor, modulo 2^bits. */
function inverse(factor: bigint, bits: bigint): bigint {
  let x = factor
  for (let i = 0; i < 6; i++) x = BigInt.asUintN(Number(bits), x * (2n - factor * x))
  return x
}
