import { type ChildProcess, fork } from 'node:child_process'
import type { Contender, Load, Sample, Usage } from './contender.js'

/** A program of Node's that answers messages. */
export interface Program {
  readonly path: URL
  /** Of Node's. */
  readonly flags: readonly string[]
  /** Milliseconds to wait for each message, beside the time that it was asked to measure; default: three minutes. */
  readonly patience?: number
}

const worker: Program = { path: new URL('worker.js', import.meta.url), flags: process.execArgv }

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
    const server = new WorkerProcess('its server', [contender.module, 'serve', variant])
    let client: WorkerProcess | undefined
    try {
      const address = (await server.receive()) as string
      client = new WorkerProcess('its client', [contender.module, 'call', variant, address])
      const { reply, usage } = (await client.receive()) as FirstCall
      const { memory } = (await server.ask('read')) as Usage
      return new RunningContender(contender, server, client, reply, { client: usage.memory, server: memory })
    } catch (error) {
      client?.end()
      server.end()
      throw error
    }
  }

  get name(): string {
    return this.contender.name
  }

  async round(load: Load): Promise<RoundResult> {
    const busy = load.warmUp + load.duration
    await this.client.ask(load, busy)
    await this.server.ask('read')
    const client = (await this.client.receive(busy)) as Sample
    return { client, server: (await this.server.ask('read')) as Usage }
  }

  end(): void {
    this.client.end()
    this.server.end()
  }
}

/** A child that sends one message for each that it gets. Its death and its silence are errors of whoever waits for a message. */
export class WorkerProcess {
  private readonly child: ChildProcess
  private readonly patience: number
  private readonly arrived: unknown[] = []
  private waiting: { resolve: (message: unknown) => void; reject: (error: Error) => void } | undefined
  private death: Error | undefined

  /** @param program another one than `worker.js` */
  constructor(
    private readonly name: string,
    args: readonly string[],
    { path, flags, patience = 180_000 }: Program = worker,
  ) {
    this.patience = patience
    this.child = fork(path, args, { execArgv: [...flags] })
    this.child.on('message', message => {
      const { waiting } = this
      this.waiting = undefined
      if (waiting === undefined) this.arrived.push(message)
      else waiting.resolve(message)
    })
    const die = (how: string) => {
      this.death ??= new Error(`${name} ${how}`)
      this.waiting?.reject(this.death)
    }
    // A message that can no longer be sent is an error event, too.
    this.child.on('error', ({ message }) => die(`failed: ${message}`))
    this.child.on('exit', (code, signal) => die(`ended with ${signal ?? `code ${code}`}`))
  }

  /** @param busy milliseconds that the child was asked to measure */
  receive(busy = 0): Promise<unknown> {
    if (this.arrived.length > 0) return Promise.resolve(this.arrived.shift())
    if (this.death !== undefined) return Promise.reject(this.death)
    return new Promise((resolve, reject) => {
      const limit = this.patience + busy
      const timer = setTimeout(() => {
        this.end()
        reject(new Error(`${this.name} sent nothing for ${limit / 1000} s`))
      }, limit)
      this.waiting = {
        resolve: message => {
          clearTimeout(timer)
          resolve(message)
        },
        reject: error => {
          clearTimeout(timer)
          reject(error)
        },
      }
    })
  }

  ask(message: object | string | number, busy = 0): Promise<unknown> {
    this.child.send(message)
    return this.receive(busy)
  }

  /** Not with a signal that a contender could hear and outlive. */
  end(): void {
    this.child.kill('SIGKILL')
  }
}
