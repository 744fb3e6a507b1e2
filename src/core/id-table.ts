/** Small, since an idle connection keeps it. */
const FIRST_SIZE = 8
/** The most slots. Beyond it, entries that share a slot move into the map. */
const LAST_SIZE = 4096

/** Of all empty tables. */
const noIds: number[] = []
const noSlots: undefined[] = []

/** An IdTable without its writing methods. */
export interface ReadonlyIdTable<T> {
  readonly size: number
  get(id: number): T | undefined
  /** A copy of the values, in the order of their ids. */
  values(): T[]
}

/**
 * The calls or streams in progress on a connection, by ascending ids. Most of them are short, so each has the slot of its id's last bits.
 * The few that are still there when another id needs the slot move into a Map.
 *
 * A Map alone would keep ended calls from being collected, through the tables that it drops as entries come and go. See
 * docs/decisions/short-lived-calls.md.
 */
export class IdTable<T extends object> implements ReadonlyIdTable<T> {
  /** The id of each slot. That of an empty slot has no meaning. */
  private ids = noIds
  private slots: (T | undefined)[] = noSlots
  /** Made when it is needed, since an idle connection would keep it. */
  private old: Map<number, T> | undefined = undefined
  private inSlots = 0

  /** @param shift low bits that all ids have in common: 1 for the streams of one side of HTTP/2 */
  constructor(private readonly shift = 0) {}

  get size(): number {
    return this.old === undefined ? this.inSlots : this.inSlots + this.old.size
  }

  get(id: number): T | undefined {
    const slot = this.slotOf(id)
    const value = this.slots[slot]
    if (value !== undefined && this.ids[slot] === id) return value
    return this.old?.get(id)
  }

  /** @param id an integer that is not in the table */
  add(id: number, value: T): void {
    let slot = this.slotOf(id)
    while ((this.slots[slot] !== undefined || this.slots.length === 0) && this.grow()) slot = this.slotOf(id)
    const before = this.slots[slot]
    if (before === undefined) this.inSlots++
    else this.keep(this.ids[slot] as number, before)
    this.ids[slot] = id
    this.slots[slot] = value
  }

  /** Removes an entry. @returns its value; undefined if there was none */
  delete(id: number): T | undefined {
    const slot = this.slotOf(id)
    const value = this.slots[slot]
    if (value !== undefined && this.ids[slot] === id) {
      this.slots[slot] = undefined
      this.inSlots--
      return value
    }
    const old = this.old?.get(id)
    if (old !== undefined) this.old?.delete(id)
    return old
  }

  values(): T[] {
    const found: [id: number, value: T][] = [...(this.old ?? [])]
    for (const [slot, value] of this.slots.entries())
      if (value !== undefined) found.push([this.ids[slot] as number, value])
    return found.sort(([one], [other]) => one - other).map(([, value]) => value)
  }

  clear(): void {
    this.ids = noIds
    this.slots = noSlots
    this.old = undefined
    this.inSlots = 0
  }

  /** Drops the memory of an empty table, for the next entry to make again. */
  rest(): void {
    if (this.size === 0) this.clear()
  }

  private keep(id: number, value: T): void {
    this.old ??= new Map()
    this.old.set(id, value)
  }

  private slotOf(id: number): number {
    return (id >>> this.shift) & (this.slots.length - 1)
  }

  /** While half of the slots are taken; a slot that only a long call holds is no reason. */
  private grow(): boolean {
    const { ids, slots } = this
    if (slots.length >= LAST_SIZE || this.inSlots * 2 < slots.length) return false
    const size = slots.length === 0 ? FIRST_SIZE : slots.length * 2
    this.ids = new Array(size).fill(0)
    this.slots = new Array(size).fill(undefined)
    for (const [at, value] of slots.entries()) {
      if (value === undefined) continue
      const id = ids[at] as number
      const slot = this.slotOf(id)
      this.ids[slot] = id
      this.slots[slot] = value
    }
    return true
  }
}
