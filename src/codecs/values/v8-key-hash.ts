const view = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8))
const mask = 0x3fff_ffff
const hashOfNaN = 0x7fff_ffff

/**
 * The hash that V8 gives a number or a bigint in a Map or a Set. It has no seed, so a peer can compute it too.
 *
 * Source: V8, `Object::GetSimpleHash`, and `ComputeUnseededHash` and `ComputeLongHash` in src/utils/utils.h.
 */
export function v8KeyHash(key: number | bigint): number {
  if (typeof key === 'bigint') {
    if (key === 0n) return 0
    view.setBigInt64(0, BigInt.asIntN(64, key))
    const [high, low] = [view.getUint32(0), view.getUint32(4)]
    // V8 keeps a sign and a magnitude, and hashes the magnitude.
    return key > 0n ? hash64(high, low) : hash64(~high + (low === 0 ? 1 : 0), -low)
  }
  if ((key | 0) === key) return hash32(key)
  if (Number.isNaN(key)) return hashOfNaN
  view.setFloat64(0, key)
  return hash64(view.getUint32(0), view.getUint32(4))
}

function hash32(key: number): number {
  let hash = (~key + (key << 15)) | 0
  hash ^= hash >>> 12
  hash = (hash + (hash << 2)) | 0
  hash ^= hash >>> 4
  hash = Math.imul(hash, 2057)
  hash ^= hash >>> 16
  return hash & mask
}

/** In two halves: bigint arithmetic would allocate at each step. */
function hash64(keyHigh: number, keyLow: number): number {
  let low = (~keyLow >>> 0) + ((keyLow << 18) >>> 0)
  let high = ~keyHigh + ((keyHigh << 18) | (keyLow >>> 14)) + (low > 0xffff_ffff ? 1 : 0)
  const folded = high >>> 31
  low = (low ^ ((high << 1) | ((low >>> 0) >>> 31))) >>> 0
  high = (high ^ folded) >>> 0
  const product = low * 21
  high = (Math.imul(high, 21) + Math.floor(product / 2 ** 32)) >>> 0
  low = product >>> 0
  low = (low ^ ((low >>> 11) | (high << 21))) >>> 0
  high = (high ^ (high >>> 11)) >>> 0
  const sum = low + ((low << 6) >>> 0)
  high = (high + ((high << 6) | (low >>> 26)) + (sum > 0xffff_ffff ? 1 : 0)) >>> 0
  low = sum >>> 0
  return (low ^ ((low >>> 22) | (high << 10))) & mask
}
