import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { run } from '../../src/cli/run.js'

export const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Setting {
  readonly stdin?: string
  /** Stdin does not end after that. */
  readonly keepsStdin?: boolean
  readonly env?: NodeJS.ProcessEnv
  /** Columns of a terminal that both streams are. Default: pipes. */
  readonly columns?: number
}

/** Runs `polywire` in this process, which costs a fraction of one of its own. */
export async function polywire(line: readonly string[], setting: string | Setting = {}): Promise<Ran> {
  return begun(line, typeof setting === 'string' ? { stdin: setting } : setting).ended
}

/** What was printed. @throws if `--json` printed anything but documents that fit their published schemas */
async function checked(line: readonly string[], ran: Ran): Promise<Ran> {
  if (line.includes('--json') || line.includes('-j')) {
    const { checkDocuments } = await import('./documents.js')
    checkDocuments(ran.out)
  }
  return ran
}

/** The same, while it runs. */
export function begun(line: readonly string[], { stdin: input = '', keepsStdin, env = {}, columns }: Setting = {}) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  if (columns !== undefined)
    for (const stream of [stdin, stdout, stderr]) Object.assign(stream, { isTTY: true, columns })
  const [out, err] = [collected(stdout), collected(stderr)]
  stdin.write(input)
  if (!keepsStdin) stdin.end()
  const signals = new EventEmitter()
  const exited: number[] = []
  const host = { stdin, stdout, stderr, env, on: signals.on.bind(signals), exit: (code: number) => exited.push(code) }
  const ended = run(line, host as unknown as NodeJS.Process).then(code =>
    checked(line, { code, out: out(), err: err() }),
  )
  /** Resolves with all that was printed once it matches, on either stream. */
  const printed = (wanted: RegExp | string) =>
    new Promise<string>(resolve => {
      const look = () => {
        const text = out() + err()
        if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) resolve(text)
      }
      stdout.on('data', look)
      stderr.on('data', look)
      look()
    })
  return {
    ended,
    printed,
    /** The codes with which it would have ended the process. */
    exited,
    type: (text: string) => stdin.write(text),
    interrupt: (signal = 'SIGINT') => signals.emit(signal),
  }
}

/** Runs `polywire` as a process, in a folder. @param env variables beside those of this process */
export function polywireIn(cwd: string, line: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return started(cwd, line, 'ignore', env).ended
}

/** The same, while it runs. @param stdin a pipe that stays open; default: there is none */
export function started(
  cwd: string,
  line: readonly string[],
  stdin: 'ignore' | 'pipe' = 'ignore',
  env: NodeJS.ProcessEnv = {},
) {
  const child = spawn(process.execPath, ['--conditions=polywire-development', main, ...line], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  }) as ChildProcessByStdio<Writable | null, Readable, Readable>
  const [out, err] = [collected(child.stdout), collected(child.stderr)]
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject)
    // As a shell has it: 128 and the number of the signal.
    child.once('close', (code, signal) =>
      resolve(
        checked(line, { code: signal === null ? code : 128 + constants.signals[signal], out: out(), err: err() }),
      ),
    )
  })
  /** Resolves with all that was printed once it matches, on either stream, or when the process ends. */
  const printed = (wanted: RegExp) =>
    new Promise<string>(resolve => {
      const look = () => {
        const text = out() + err()
        if (wanted.test(text)) resolve(text)
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.once('close', () => resolve(out() + err()))
      look()
    })
  return { child, ended, printed }
}

function collected(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}
