import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface H2Load {
  readonly port: number
  /** Of the method, `/bench.Echo/Unary`. */
  readonly path: string
  /** Of every request, its gRPC prefix included. */
  readonly body: Uint8Array
  readonly inFlight: number
  /** Milliseconds that count; a third of it more goes before as a warm-up. */
  readonly duration: number
}

/**
 * gRPC-shaped requests a second that a server answers on one connection.
 * @returns undefined where h2load is not installed
 * @throws Error where any request failed
 */
export async function h2loadRate({ port, path, body, inFlight, duration }: H2Load): Promise<number | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    const file = join(folder, 'body')
    await writeFile(file, body)
    const time = ['-D', `${duration}ms`, `--warm-up-time=${Math.ceil(duration / 3)}ms`]
    const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']
    const args = ['-c', '1', '-m', String(inFlight), ...time, '-d', file, ...headers]
    const { stdout } = await promisify(execFile)('h2load', [...args, `http://127.0.0.1:${port}${path}`], {
      timeout: 2 * duration + 60_000,
    })
    const failed = /(\d+) failed, (\d+) errored/.exec(stdout)
    if (failed?.[1] !== '0' || failed[2] !== '0') throw new Error(`h2load saw failures\n${stdout}`)
    const rate = Number(/, ([\d.]+) req\/s/.exec(stdout)?.[1])
    if (!(rate > 0)) throw new Error(`h2load measured nothing\n${stdout}`)
    return rate
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  } finally {
    await rm(folder, { recursive: true })
  }
}
