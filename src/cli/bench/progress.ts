import type { Terminal } from '../terminal.js'
import { timeText } from './condition.js'
import type { Load, Step } from './load.js'

/** The line on a terminal's stderr that shows how a step goes. It is gone at the end. */
export class Progress {
  private readonly timer: NodeJS.Timeout | undefined
  private readonly began = performance.now()

  constructor(
    private readonly load: Load,
    private readonly step: Step,
    private readonly terminal: Terminal,
  ) {
    if (terminal.isLive && !terminal.isQuiet) this.timer = setInterval(() => this.show(), 250)
  }

  end(): void {
    if (this.timer === undefined) return
    clearInterval(this.timer)
    this.terminal.err(clearLine)
  }

  private show(): void {
    const { tally, flying } = this.load
    const { rate, concurrency, duration } = this.step
    const seconds = (performance.now() - this.began) / 1000
    const pace = rate === undefined ? `${concurrency} at a time` : `${rate.toLocaleString('en-US')}/s`
    const [p50, p99] = [tally.corrected.quantile(0.5), tally.corrected.quantile(0.99)]
    const parts = [
      ` ${Math.floor(seconds)} s of ${duration / 1000} s`,
      pace,
      `in flight ${flying}`,
      `p50 ${timeText(p50)}`,
      `p99 ${timeText(p99)}`,
      `failed ${tally.failed + tally.notSent}`,
    ]
    this.terminal.err(`${clearLine}${parts.join('   ')}`)
  }
}

const clearLine = '\r\u001b[2K'
