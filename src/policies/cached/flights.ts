import type { Call } from '../../core/call.js'

/** A fetch that others may wait for, and whose call it is made with. */
export interface Flight<T> {
  readonly leader: Call
  /** What the store said of invalidations when it began. */
  readonly ticket: unknown
  /** Rejects when its leader is cancelled, whether the fetch itself ever settles or not. */
  readonly landed: Promise<T>
}

/** The fetches under way, at most one for each key that may be joined. */
export class Flights<T> {
  private readonly byKey = new Map<string, Flight<T>>()

  /**
   * The one that a caller may wait for. None where its leader is gone, who may have waited for something that never comes, nor where something
   * was invalidated since it began, as it may bring what was read before.
   */
  joinable(key: string, ticket: unknown): Flight<T> | undefined {
    const flight = this.byKey.get(key)
    if (flight === undefined || flight.ticket !== ticket) return undefined
    const { canceled, ended } = flight.leader
    return canceled === undefined && !ended ? flight : undefined
  }

  /** @returns what `fetch` makes, for its leader, who may get an answer though the call is cancelled (a fallback's) */
  lead(key: string, { leader, ticket }: Pick<Flight<T>, 'leader' | 'ticket'>, fetch: () => Promise<T>): Promise<T> {
    const result = fetch()
    const landed = new Promise<T>((resolve, reject) => {
      result.then(resolve, reject)
      leader.onCancel(reject)
    })
    const flight = { leader, ticket, landed }
    const forget = () => {
      if (this.byKey.get(key) === flight) this.byKey.delete(key)
    }
    landed.then(forget, forget)
    this.byKey.set(key, flight)
    return result
  }
}
