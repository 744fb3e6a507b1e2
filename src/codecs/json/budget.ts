import type { Identity } from '../values/identity.js'
import type { Keys } from '../values/key-spread.js'
import { ValueCount } from '../values/value-count.js'

/**
 * Counts the values of the message being decoded. It is part of the compiled types: reading parsed JSON involves no reader that could
 * count.
 */
export class JsonValues {
  private count = new ValueCount()

  /** @param limit `limits.values` */
  constructor(readonly limit: number) {}

  /** Call it before each message. @returns the count of an outer message, whose constructor decodes this one; for `resume` */
  restart(): ValueCount {
    const outer = this.count
    this.count = new ValueCount()
    return outer
  }

  resume(outer: ValueCount): void {
    this.count = outer
  }

  /** @throws Fault `too_many_values` */
  take(count: number): void {
    this.count.take(count, this.limit)
  }

  /** As `ValueCount.added`. @throws Fault `keys_collide` */
  added(keys: Keys, key: unknown): void {
    this.count.added(keys, key)
  }

  /** @throws Fault `keys_collide` */
  setOf(list: readonly unknown[], identity?: Identity): Set<unknown> {
    return this.count.setOf(list, this.limit, identity)
  }
}
