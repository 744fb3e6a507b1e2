import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../support/free-port.js'
import { type Behaviour, healthy } from './work.js'

/** What a replica says of itself. */
export interface Told {
  readonly port?: number
  /** Seen since it last told. */
  readonly attempts?: number
  /** It was asked, and has told of all attempts; with what it holds. */
  readonly resources?: Resources
}

/** What a replica holds, once what can go has gone. */
export interface Resources {
  /** Bytes. */
  readonly heap: number
  readonly connections: number
}

/** What a replica is told. */
export type Order = { readonly behave: Behaviour } | { readonly tell: true }

/** A replica that can be killed, stopped, drained and started again on its port. */
export class Replica {
  /** Attempts that its processes have seen so far. */
  attempts = 0
  private process: ChildProcess | undefined
  private port = 0

  constructor(private readonly registry = '') {}

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    this.port ||= await freePort()
    const child = fork(new URL('./replica.js', import.meta.url), [String(this.port), this.registry])
    this.process = child
    this.port = await new Promise<number>((resolve, reject) => {
      child.once('exit', code => reject(new Error(`a replica ended at once, exit code ${code}`)))
      child.on('message', (told: Told) => {
        if (told.port !== undefined) resolve(told.port)
        this.attempts += told.attempts ?? 0
      })
    })
  }

  behave(behaviour: Behaviour): void {
    this.process?.send({ behave: behaviour } satisfies Order)
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.process?.kill(signal)
  }

  /** Resolves when it has told of the attempts that it saw until now, with what it holds. */
  async told(): Promise<Resources> {
    const child = this.process
    if (child === undefined) return { heap: 0, connections: 0 }
    child.send({ tell: true } satisfies Order)
    return new Promise<Resources>(resolve => {
      const listener = ({ resources }: Told) => {
        if (resources === undefined) return
        child.off('message', listener)
        resolve(resources)
      }
      child.on('message', listener)
    })
  }

  kill(): Promise<number | null> {
    return this.end('SIGKILL')
  }

  /** Drains it. @returns its exit code */
  drain(): Promise<number | null> {
    return this.end('SIGTERM')
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.process
    if (child === undefined) return null
    this.process = undefined
    const exit = once(child, 'exit')
    child.kill(signal)
    const [code] = (await exit) as [number | null]
    return code
  }
}

export class Fleet {
  private constructor(readonly replicas: readonly Replica[]) {}

  static async start(size: number, registry = ''): Promise<Fleet> {
    const fleet = new Fleet(Array.from({ length: size }, () => new Replica(registry)))
    await Promise.all(fleet.replicas.map(replica => replica.start()))
    return fleet
  }

  get addresses(): string {
    return this.replicas.map(({ address }) => address).join(',')
  }

  get attempts(): number {
    return this.replicas.reduce((sum, { attempts }) => sum + attempts, 0)
  }

  /** Drains every replica, one after the other, and starts it again. @returns exit codes */
  async restartAll(): Promise<(number | null)[]> {
    const codes: (number | null)[] = []
    for (const replica of this.replicas) {
      codes.push(await replica.drain())
      await replica.start()
    }
    return codes
  }

  heal(): void {
    for (const replica of this.replicas) replica.behave(healthy)
  }

  /** Resolves when every replica has told of the attempts that it saw until now, with what they hold. */
  told(): Promise<Resources[]> {
    return Promise.all(this.replicas.map(replica => replica.told()))
  }

  /** What replicas hold that nobody is connected to any more. */
  async resources(): Promise<Resources[]> {
    for (let waited = 0; waited < 5000; waited += 50) {
      const all = await this.told()
      if (all.every(({ connections }) => connections === 0)) return all
      await wait(50)
    }
    return this.told()
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map(replica => replica.drain()))
  }
}
