/**
 * A hash of text to 32 bits, the same on every client and version: MurmurHash3's rounds, one for each UTF-16 unit.
 * Not for secrets. Source: A. Appleby, MurmurHash3, x86_32.
 */
export function hashOf(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) {
    let block = Math.imul(text.charCodeAt(at), 0xcc9e2d51)
    block = Math.imul((block << 15) | (block >>> 17), 0x1b873593)
    hash ^= block
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  return finish(hash ^ text.length)
}

/** The n-th of a series of hashes that one hash yields, each as good as independent of the others. */
export function rehash(hash: number, n: number): number {
  return finish(hash + Math.imul(n, 0x9e3779b9))
}

function finish(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
