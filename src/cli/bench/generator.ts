import type { Share } from './arrivals.js'
import { Load, type Send, type Step } from './load.js'
import { systemPace } from './pace.js'
import { seeded } from './random.js'
import type { Tally } from './tally.js'

/** How a step has gone. */
export interface Ran {
  readonly tallies: readonly Tally[]
  /** Milliseconds that calls were due in. */
  readonly ran: number
}

/** How a step goes, for the line on a terminal. */
export interface Glimpse {
  readonly flying: number
  readonly failed: number
  /** Microseconds; undefined where several threads would have to be merged for it. */
  readonly p50?: number
  readonly p99?: number
}

/** Makes load: this thread, or several of them. */
export interface Generator {
  run(step: Step, signal: AbortSignal): Promise<Ran>
  glimpse(): Glimpse
}

/** Makes the load of this thread. @param senderWith gets the random numbers of a step */
export class ThreadGenerator implements Generator {
  private load: Load | undefined

  constructor(
    private readonly senderWith: (random: () => number) => Send,
    private readonly share: Share = { index: 0, of: 1 },
  ) {}

  async run(step: Step, signal: AbortSignal): Promise<Ran> {
    const random = seeded(step.seed + this.share.index)
    const { share } = this
    const load = new Load(step, { send: this.senderWith(random), pace: systemPace, signal, share, random })
    this.load = load
    return { tallies: await load.run(), ran: load.ran }
  }

  glimpse(): Glimpse {
    if (this.load === undefined) return { flying: 0, failed: 0 }
    const { tally, flying } = this.load
    const { corrected, failed, notSent } = tally
    return { flying, failed: failed + notSent, p50: corrected.quantile(0.5), p99: corrected.quantile(0.99) }
  }
}
