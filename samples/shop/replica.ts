import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

type ServiceName = 'inventory' | 'payments' | 'orders'

/** A process that serves. It can be stopped in any way, and started again on its port. */
export class Replica {
  address = ''
  private process: ChildProcess | undefined

  constructor(
    readonly service: ServiceName,
    private readonly args: readonly string[],
  ) {}

  static async start(service: ServiceName, args: readonly string[]): Promise<Replica> {
    const replica = new Replica(service, args)
    await replica.start()
    return replica
  }

  async start(): Promise<void> {
    const port = this.address === '' ? [] : ['--port', String(this.address.split(':').at(-1))]
    this.process = fork(new URL('./process.js', import.meta.url), [this.service, ...this.args, ...port])
    const told = (await Promise.race([once(this.process, 'message'), once(this.process, 'exit')])) as [unknown]
    const [first] = told as [{ address?: string } | number | null]
    if (typeof first !== 'object' || first?.address === undefined) {
      throw new Error(`${this.service} ended at once, exit code ${String(first)}`)
    }
    this.address = first.address
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.kill(signal)
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { process } = this
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return
    const exit = once(process, 'exit')
    process.kill(signal)
    await exit
  }

  /** What its policies have done so far. */
  async tally(): Promise<Record<string, Record<string, number>>> {
    const { process } = this
    if (process === undefined || !process.connected) return {}
    process.send('tally')
    const [told] = (await once(process, 'message')) as [{ tally: Record<string, Record<string, number>> }]
    return told.tally
  }
}
