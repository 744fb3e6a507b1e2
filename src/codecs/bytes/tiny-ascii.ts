/** Bytes. Longer texts are for a `TextWindow`. */
export const longestTiny = 24

const text = String.fromCharCode

/**
 * The text of up to `longestTiny` bytes. It is made by one call with all its characters: a call into Node takes as long as five of these,
 * and a text that is joined from parts is a rope, which whoever reads it has to copy. It is written out because a call with a list of
 * characters is slower: eight texts of a record take 175 ns so, 215 by a loop over the bytes and a `switch`, 280 by `apply` with a list for
 * each length, and 350 as a slice of 24 characters.
 * @returns undefined for bytes that are not ASCII
 */
export function tinyAscii(bytes: Uint8Array, at: number, length: number): string | undefined {
  if (length === 0) return ''
  const a = bytes[at] as number
  let bits = a
  if (length === 1) return bits < 128 ? text(a) : undefined
  const b = bytes[at + 1] as number
  bits |= b
  if (length === 2) return bits < 128 ? text(a, b) : undefined
  const c = bytes[at + 2] as number
  bits |= c
  if (length === 3) return bits < 128 ? text(a, b, c) : undefined
  const d = bytes[at + 3] as number
  bits |= d
  if (length === 4) return bits < 128 ? text(a, b, c, d) : undefined
  const e = bytes[at + 4] as number
  bits |= e
  if (length === 5) return bits < 128 ? text(a, b, c, d, e) : undefined
  const f = bytes[at + 5] as number
  bits |= f
  if (length === 6) return bits < 128 ? text(a, b, c, d, e, f) : undefined
  const g = bytes[at + 6] as number
  bits |= g
  if (length === 7) return bits < 128 ? text(a, b, c, d, e, f, g) : undefined
  const h = bytes[at + 7] as number
  bits |= h
  if (length === 8) return bits < 128 ? text(a, b, c, d, e, f, g, h) : undefined
  const i = bytes[at + 8] as number
  bits |= i
  if (length === 9) return bits < 128 ? text(a, b, c, d, e, f, g, h, i) : undefined
  const j = bytes[at + 9] as number
  bits |= j
  if (length === 10) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j) : undefined
  const k = bytes[at + 10] as number
  bits |= k
  if (length === 11) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k) : undefined
  const l = bytes[at + 11] as number
  bits |= l
  if (length === 12) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l) : undefined
  const m = bytes[at + 12] as number
  bits |= m
  if (length === 13) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m) : undefined
  const n = bytes[at + 13] as number
  bits |= n
  if (length === 14) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n) : undefined
  const o = bytes[at + 14] as number
  bits |= o
  if (length === 15) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o) : undefined
  const p = bytes[at + 15] as number
  bits |= p
  if (length === 16) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) : undefined
  const q = bytes[at + 16] as number
  bits |= q
  if (length === 17) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q) : undefined
  const r = bytes[at + 17] as number
  bits |= r
  if (length === 18) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r) : undefined
  const s = bytes[at + 18] as number
  bits |= s
  if (length === 19) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s) : undefined
  const t = bytes[at + 19] as number
  bits |= t
  if (length === 20) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t) : undefined
  const u = bytes[at + 20] as number
  bits |= u
  if (length === 21) return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u) : undefined
  const v = bytes[at + 21] as number
  bits |= v
  if (length === 22)
    return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v) : undefined
  const w = bytes[at + 22] as number
  bits |= w
  if (length === 23)
    return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w) : undefined
  const x = bytes[at + 23] as number
  bits |= x
  if (length === 24)
    return bits < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x) : undefined
  return undefined
}
