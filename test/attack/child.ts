import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'

/** A process of its own that answers each order with one message, and says one of itself when it has begun. */
export class Child<Hello, Order extends string, Reply> {
  /** What it wrote there. Nobody should. */
  stderr = ''
  private hello: Hello | undefined
  private readonly waiting: ((reply: Reply | undefined) => void)[] = []

  private constructor(private readonly process: ChildProcess) {
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    process.on('message', message => {
      if (this.hello === undefined) this.hello = message as Hello
      else this.waiting.shift()?.(message as Reply)
    })
    process.once('exit', () => {
      for (const resolve of this.waiting.splice(0)) resolve(undefined)
    })
  }

  /** @throws Error where the process ends at once */
  static async start<Hello, Order extends string, Reply>(
    program: string,
    args: readonly string[],
  ): Promise<Child<Hello, Order, Reply>> {
    const child = fork(new URL(program, import.meta.url), args, {
      execArgv: ['--conditions=polywire-development', '--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    preferred(child)
    const started = new Child<Hello, Order, Reply>(child)
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${program} ended at once: ${started.stderr}`)
    })
    await Promise.race([once(child, 'message'), ended])
    ended.catch(() => {})
    return started
  }

  /** What it said when it had begun. */
  get greeting(): Hello {
    return this.hello as Hello
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null
  }

  /** @returns undefined where the process ended instead */
  ask(order: Order): Promise<Reply | undefined> {
    return new Promise(resolve => {
      if (!this.isAlive || !this.process.connected) return resolve(undefined)
      this.waiting.push(resolve)
      this.process.send(order)
    })
  }

  async kill(): Promise<void> {
    if (!this.isAlive) return
    const exit = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await exit
  }
}

/** Where this process may: other work on the machine is not what the good client shall wait for. */
function preferred({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, -5)
  } catch {
    // Without the right to do so it waits like everybody.
  }
}
