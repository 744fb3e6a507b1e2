/** Events in the order of their time: a binary heap. */
export class EventQueue<T> {
  private readonly times: number[] = []
  private readonly events: T[] = []

  /** When the next event is due; `Infinity` where there is none. */
  get next(): number {
    return this.times[0] ?? Number.POSITIVE_INFINITY
  }

  push(time: number, event: T): void {
    const { times, events } = this
    let at = times.length
    times.push(time)
    events.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((times[parent] as number) <= time) break
      times[at] = times[parent] as number
      events[at] = events[parent] as T
      at = parent
    }
    times[at] = time
    events[at] = event
  }

  pop(): T {
    const { times, events } = this
    const first = events[0] as T
    const time = times.pop() as number
    const event = events.pop() as T
    const size = times.length
    if (size === 0) return first
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && (times[child + 1] as number) < (times[child] as number)) child++
      if ((times[child] as number) >= time) break
      times[at] = times[child] as number
      events[at] = events[child] as T
      at = child
    }
    times[at] = time
    events[at] = event
    return first
  }
}
