import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** A program that a command has left running, such as a server. */
export interface Running {
  /** What it has printed so far. */
  readonly printed: string
  readonly process: ChildProcess
  /** Sends a signal to everything that the command started, as Ctrl+C does. @returns the exit code; null if a signal ended it */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** npm without what depends on the day and on the registry: its news, and its list of vulnerabilities. */
const quietNpm = { npm_config_update_notifier: 'false', npm_config_audit: 'false', npm_config_prefer_offline: 'true' }

/** A shell in which a reader types one command after the other. */
export class Terminal {
  /** Seconds of CPU that the commands have taken which have ended. */
  cpu = 0
  readonly env: Record<string, string | undefined> = { ...process.env, ...quietNpm }

  constructor(public folder: string) {}

  /** Runs a command to its end. @returns what it prints. Rejects if it fails, or complains on stderr */
  async run(command: string): Promise<string> {
    const script = `${command}\n{ pwd; times; } >&3`
    const child = spawn('bash', ['-ec', script], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    const ended = once(child, 'close')
    const outputs = child.stdio.slice(1, 4) as Readable[]
    const [printed = '', complaints, after = ''] = await Promise.all(outputs.map(output => text(output)))
    const [code] = (await ended) as [number | null]
    // curl draws its progress there.
    if (code !== 0 || (complaints !== '' && !command.startsWith('curl ')))
      throw new Error(`${command}: exit code ${code}\n${printed}${complaints}`)
    const [folder = '', , children = ''] = after.split('\n')
    this.folder = folder
    for (const [, minutes, seconds] of children.matchAll(/(\d+)m([\d.]+)s/g))
      this.cpu += Number(minutes) * 60 + Number(seconds)
    return printed
  }

  /** Starts a command that does not end. Resolves when it has printed a line. */
  async start(command: string): Promise<Running> {
    const child = spawn('bash', ['-ec', command], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    const closed = once(child, 'close')
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    const first = await Promise.race([once(child.stdout, 'data'), closed.then(() => undefined)])
    if (first === undefined) throw new Error(`${command} ended: ${printed}`)
    return {
      get printed() {
        return printed
      },
      process: child,
      stop: async signal => {
        process.kill(-(child.pid as number), signal)
        return ((await closed) as [number | null])[0]
      },
    }
  }
}
