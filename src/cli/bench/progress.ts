import type { Terminal } from '../terminal.js'
import { timeText } from './condition.js'
import type { Generator } from './generator.js'
import type { Step } from './load.js'

const clearLine = '\r\u001b[2K'

/** How a step goes, on stderr: on a terminal a line that is gone at the end, in CI a line every 10 s. */
export class Progress {
  private readonly timer: NodeJS.Timeout | undefined
  private readonly began = performance.now()

  constructor(
    private readonly generator: Generator,
    private readonly step: Step,
    private readonly terminal: Terminal,
  ) {
    const { isLive, isCi, isQuiet } = terminal
    if (isQuiet) return
    if (isLive) this.timer = setInterval(() => terminal.err(`${clearLine}${this.line()}`), 250)
    else if (isCi) this.timer = setInterval(() => terminal.err(`${this.line()}\n`), 10_000)
  }

  end(): void {
    if (this.timer === undefined) return
    clearInterval(this.timer)
    if (this.terminal.isLive) this.terminal.err(clearLine)
  }

  private line(): string {
    const { flying, failed, p50, p99 } = this.generator.glimpse()
    const { rate, endRate, concurrency, duration } = this.step
    const seconds = Math.floor((performance.now() - this.began) / 1000)
    const ends = [rate, endRate].flatMap(one => (one === undefined ? [] : [one.toLocaleString('en-US')]))
    return [
      ` ${seconds} s of ${duration / 1000} s`,
      rate === undefined ? `${concurrency} at a time` : `${ends.join('..')}/s`,
      `in flight ${flying}`,
      ...(p50 === undefined || p99 === undefined ? [] : [`p50 ${timeText(p50)}`, `p99 ${timeText(p99)}`]),
      `failed ${failed}`,
    ].join('   ')
  }
}
