import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { ForeignClient, ForeignServer, Load, Sample } from './contender.js'
import { UsageMeter } from './usage-meter.js'

/**
 * A server that is a program of its own, started as `PROGRAM serve`.
 *
 * It prints its port on 127.0.0.1 and ends when its input does, which is when this process ends.
 */
export async function foreignServer(program: string): Promise<ForeignServer & { end(): void }> {
  const running = new ForeignProgram(program, ['serve'])
  return { address: `127.0.0.1:${await running.line()}`, pid: running.pid, end: () => running.end() }
}

/**
 * A client that is a program of its own, started as `PROGRAM call PORT WORK`.
 *
 * It makes one call and prints its reply. For each line `IN_FLIGHT WARM_UP DURATION` (milliseconds) of its input it prints `started` when the
 * warm-up is over, and then `CALLS ELAPSED P50 P99` (milliseconds). It ends when its input does.
 */
export async function foreignClient(
  program: string,
  address: string,
  work: string,
): Promise<ForeignClient & { end(): void }> {
  const running = new ForeignProgram(program, ['call', address.split(':').at(-1) ?? '', work])
  const { pid } = running
  return {
    pid,
    reply: await running.line(),
    async measure({ inFlight, warmUp, duration }: Load, atStart): Promise<Sample> {
      running.write(`${inFlight} ${warmUp} ${duration}\n`)
      const word = await running.line()
      if (word !== 'started') throw new Error(`${program} printed ${JSON.stringify(word)} in place of "started"`)
      const meter = new UsageMeter(pid)
      await atStart()
      const figures = await running.line()
      const [calls, elapsed, p50, p99] = figures.split(' ').map(Number)
      const sample = { calls, elapsed, p50, p99 } as Omit<Sample, 'usage'>
      if (!Object.values(sample).every(figure => figure > 0)) throw new Error(`${program} printed ${figures}`)
      return { ...sample, usage: meter.read() }
    },
    end: () => running.end(),
  }
}

class ForeignProgram {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>
  private readonly lines: AsyncIterator<string>
  private readonly started: Promise<void>

  constructor(
    private readonly program: string,
    args: readonly string[],
  ) {
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
    this.started = new Promise((resolve, reject) => {
      this.child.once('spawn', resolve)
      this.child.once('error', reject)
    })
    // That the program has ended is reported to those who wait for a line.
    this.child.stdin.on('error', () => {})
  }

  get pid(): number {
    return this.child.pid ?? Number.NaN
  }

  write(text: string): void {
    this.child.stdin.write(text)
  }

  async line(): Promise<string> {
    await this.started
    const { done, value } = await this.lines.next()
    if (done === true) throw new Error(`${this.program} ended`)
    return value
  }

  end(): void {
    this.child.kill('SIGKILL')
  }
}
