import type { Keys } from '../values/key-spread.js'
import { ValueCount } from '../values/value-count.js'

/**
 * The values of the message that is being decoded. It belongs to what is compiled, since types that read parsed JSON have no reader that could
 * count.
 */
export class JsonValues {
  private count = new ValueCount()

  /** @param limit `limits.values` */
  constructor(readonly limit: number) {}

  /** Before a message. @returns the count of the message whose constructor decodes this one, for `resume` */
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

  /** As in ValueCount. @throws Fault `keys_collide` */
  added(keys: Keys, key: unknown): void {
    this.count.added(keys, key)
  }

  /** @throws Fault `keys_collide` */
  setOf(list: readonly unknown[]): Set<unknown> {
    return this.count.setOf(list)
  }
}
