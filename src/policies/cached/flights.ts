import type { ActiveCall } from '../../core/active-call.js'

/** A fetch that other callers may wait for, and the call that started it. */
export interface Flight<T> {
  readonly leader: ActiveCall
  /** The store's ticket (its count of invalidations) when the fetch began. */
  readonly ticket: unknown
  /** Rejects when the leader is cancelled, even if the fetch never settles. */
  readonly landed: Promise<T>
}

/** The fetches in progress; at most one per key can be joined. */
export class Flights<T> {
  private readonly byKey = new Map<string, Flight<T>>()

  /**
   * The fetch that a caller may wait for. Undefined if its leader is gone, because it may never settle, or if an entry was invalidated
   * since it began, because it may bring data read before that.
   */
  joinable(key: string, ticket: unknown): Flight<T> | undefined {
    const flight = this.byKey.get(key)
    if (flight === undefined || flight.ticket !== ticket) return undefined
    const { canceled, ended } = flight.leader
    return canceled === undefined && !ended ? flight : undefined
  }

  /** @returns the result of `fetch` for its leader, which may get an answer although the call is cancelled (a fallback's) */
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
