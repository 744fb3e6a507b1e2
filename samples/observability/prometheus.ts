import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A series of a result: its labels, and its value now. */
export type Series = readonly [labels: Readonly<Record<string, string>>, value: string]

/** Debian's Prometheus, which scrapes one server each second and keeps its data in a folder that goes with it. */
export class Prometheus implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    /** Where its own page is. */
    readonly url: string,
  ) {}

  /** @throws Error if there is no `prometheus` to run */
  static async scraping(server: string): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'polywire-prometheus-'))
    const config = join(folder, 'prometheus.yml')
    await writeFile(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [{ job_name: 'shop', static_configs: [{ targets: [server] }] }],
      }),
    )
    const address = `127.0.0.1:${await freePort()}`
    const child = spawn(
      'prometheus',
      [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    child.once('error', () => {})
    if (child.pid === undefined) throw new Error('there is no prometheus here; on Debian: apt-get install prometheus')
    await untilReady(child)
    return new Prometheus(child, folder, `http://${address}`)
  }

  async query(text: string): Promise<readonly Series[]> {
    const reply = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(text)}`)
    const { data } = (await reply.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] }
    }
    return data.result.map(({ metric, value }) => [metric, value[1]])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.kill()) await once(this.child, 'close')
    await rm(this.folder, { recursive: true })
  }
}

/** Reads what Prometheus says for as long as it runs: a closed pipe would end it. */
async function untilReady(child: ChildProcess): Promise<void> {
  const { stderr } = child
  let said = ''
  const ready = new Promise<void>((resolve, reject) => {
    stderr?.on('data', chunk => {
      said = `${said}${chunk}`.slice(-10_000)
      if (said.includes('Server is ready')) resolve()
    })
    child.once('close', () => reject(new Error(`prometheus ended:\n${said}`)))
  })
  await ready
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
