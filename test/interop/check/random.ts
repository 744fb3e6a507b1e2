/** The same sequence each time: no chance in a test. */
export class Random {
  constructor(private seed: number) {}

  /** At least 0, less than 1. Source: Tommy Ettinger's mulberry32. */
  next(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  of<T>(some: readonly T[]): T {
    return some[this.below(some.length)] as T
  }
}
