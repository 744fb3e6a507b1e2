import { type ChildProcess, fork } from 'node:child_process'
import type { Contender, Load, Sample, Usage } from './contender.js'

const worker = { path: new URL('worker.js', import.meta.url), flags: process.execArgv }

/** What one round says of a contender. */
export interface RoundResult {
  readonly client: Sample
  readonly server: Usage
}

/** What a client sends when it has made its first call. */
export interface FirstCall {
  readonly reply: unknown
  readonly usage: Usage
}

/** A contender's two processes. Between rounds they rest. */
export class RunningContender {
  private constructor(
    readonly contender: Contender,
    private readonly server: WorkerProcess,
    private readonly client: WorkerProcess,
    /** The reply to the first call. */
    readonly firstReply: unknown,
    /** Bytes resident after the first call. */
    readonly idle: { readonly client: number; readonly server: number },
  ) {}

  static async start(contender: Contender): Promise<RunningContender> {
    const variant = contender.variant ?? ''
    const server = new WorkerProcess(contender.name, [contender.module, 'serve', variant])
    try {
      const address = (await server.receive()) as string
      const client = new WorkerProcess(contender.name, [contender.module, 'call', variant, address])
      const { reply, usage } = (await client.receive()) as FirstCall
      const { memory } = (await server.ask('read')) as Usage
      return new RunningContender(contender, server, client, reply, { client: usage.memory, server: memory })
    } catch (error) {
      server.end()
      throw error
    }
  }

  async round(load: Load): Promise<RoundResult> {
    const started = this.client.ask(load)
    await started
    await this.server.ask('read')
    const client = (await this.client.receive()) as Sample
    return { client, server: (await this.server.ask('read')) as Usage }
  }

  end(): void {
    this.client.end()
    this.server.end()
  }
}

/** A child that sends one message for each that it gets; its death while one is waited for is an error. */
export class WorkerProcess {
  private readonly child: ChildProcess
  private readonly arrived: unknown[] = []
  private waiting: { resolve: (message: unknown) => void; reject: (error: Error) => void } | undefined

  /** @param program another one than `worker.js`, with flags of Node's */
  constructor(name: string, args: readonly string[], program: { path: URL; flags: readonly string[] } = worker) {
    this.child = fork(program.path, args, { execArgv: [...program.flags] })
    this.child.on('message', message => {
      const { waiting } = this
      this.waiting = undefined
      if (waiting === undefined) this.arrived.push(message)
      else waiting.resolve(message)
    })
    this.child.on('exit', code => {
      this.waiting?.reject(new Error(`${name}: its process ended with code ${code} in the middle of the benchmark`))
    })
  }

  receive(): Promise<unknown> {
    if (this.arrived.length > 0) return Promise.resolve(this.arrived.shift())
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
    })
  }

  ask(message: object | string): Promise<unknown> {
    this.child.send(message)
    return this.receive()
  }

  end(): void {
    this.child.kill()
  }
}
