import { spawn } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { run } from '../../src/cli/run.js'

export const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs `polywire` in this process, which costs a fraction of one of its own. */
export async function polywire(line: readonly string[], input = ''): Promise<Ran> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const [out, err] = [collected(stdout), collected(stderr)]
  stdin.end(input)
  const host = { stdin, stdout, stderr, env: {}, once: () => {}, exit: () => {} }
  const code = await run(line, host as unknown as NodeJS.Process)
  return { code, out: out(), err: err() }
}

/** Runs `polywire` as a process, in a folder. */
export function polywireIn(cwd: string, line: readonly string[]): Promise<Ran> {
  return started(cwd, line).ended
}

/** The same, while it runs. */
export function started(cwd: string, line: readonly string[]) {
  const child = spawn(process.execPath, ['--conditions=polywire-development', main, ...line], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = [collected(child.stdout), collected(child.stderr)]
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, out: out(), err: err() }))
  })
  return { child, ended }
}

function collected(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}
