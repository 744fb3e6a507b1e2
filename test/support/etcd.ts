import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.js'
import { says } from './programs.js'

/** A real etcd on ports of its own, with data that outlives a restart. */
export class Etcd {
  private process: ChildProcess | undefined

  private constructor(
    readonly client: number,
    private readonly peer: number,
    private readonly data: string,
  ) {}

  static async start(): Promise<Etcd> {
    const etcd = new Etcd(await freePort(), await freePort(), await mkdtemp(join(tmpdir(), 'polywire-etcd-')))
    await etcd.up()
    return etcd
  }

  get address(): string {
    return `127.0.0.1:${this.client}`
  }

  async up(): Promise<void> {
    const urls = { client: `http://${this.address}`, peer: `http://127.0.0.1:${this.peer}` }
    this.process = spawn(
      'etcd',
      [
        ...['--data-dir', this.data, '--listen-client-urls', urls.client, '--advertise-client-urls', urls.client],
        ...[
          '--listen-peer-urls',
          urls.peer,
          '--initial-advertise-peer-urls',
          urls.peer,
          '--initial-cluster',
          `default=${urls.peer}`,
        ],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const { stderr } = this.process
    if (stderr) await says(stderr, 'ready to serve client requests')
  }

  async kill(): Promise<void> {
    this.process?.kill('SIGKILL')
    if (this.process?.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit')
  }

  async remove(): Promise<void> {
    await this.kill()
    await rm(this.data, { recursive: true, force: true })
  }
}
