import { existsSync, readFileSync } from 'node:fs'
import { readArguments } from './arguments.js'
import { CliError, exits } from './cli-error.js'
import type { Command, Typed } from './command.js'
import { commands } from './commands.js'
import { commandHelp, overview, sharedHelp } from './help.js'
import { nearest } from './nearest.js'
import type { Terminal } from './terminal.js'

type Process = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'stdin' | 'env' | 'once' | 'exit'>

/** Runs a command line. @returns the exit code */
export async function run(line: readonly string[], host: Process): Promise<number> {
  const interrupted = interruption(host)
  const wantsJson = line.includes('--json') || line.includes('-j')
  const wantsDebug = line.includes('--debug') || host.env.POLYWIRE_DEBUG === '1'
  const terminal = (typed?: Typed): Terminal => ({
    out: text => written(host.stdout, text),
    err: text => void host.stderr.write(text),
    stdin: host.stdin,
    isJson: typed?.has('json') ?? wantsJson,
    isQuiet: typed?.has('quiet') ?? false,
    isDebug: wantsDebug,
    width: host.stdout.isTTY ? host.stdout.columns : undefined,
    signal: interrupted,
  })
  try {
    const command = commandOf(line)
    const typed = readArguments(line, command, commands)
    if (typed.has('version')) return await printed(terminal(typed), `polywire ${version()}\n`)
    if (typed.positionals[0] === 'help') return await printed(terminal(typed), helpOf(typed.positionals[1]))
    if (command === undefined) return await printed(terminal(typed), overview(commands))
    if (typed.has('help')) return await printed(terminal(typed), commandHelp(command))
    const { run: perform } = await command.load()
    return await perform({ ...typed, positionals: typed.positionals.slice(1) }, terminal(typed))
  } catch (error) {
    const { report } = await import('./report.js')
    return await report(error, terminal())
  }
}

/** The command is the first word that is not a flag. @throws CliError for a word that is not a command */
function commandOf(line: readonly string[]): Command | undefined {
  const { positionals } = readArguments(line, undefined, commands)
  const [name] = positionals
  if (name === undefined || name === 'help') return undefined
  return named(name)
}

function named(name: string): Command {
  const command = commands.find(one => one.name === name)
  if (command !== undefined) return command
  const close = nearest(
    name,
    commands.map(one => one.name),
  )
  throw new CliError(`there is no command ${name}${close === undefined ? '' : `. Did you mean ${close}?`}`, {
    hint: 'polywire help',
  })
}

function helpOf(name: string | undefined): string {
  if (name === 'flags') return sharedHelp()
  return name === undefined ? overview(commands) : commandHelp(named(name))
}

async function printed(terminal: Terminal, text: string): Promise<number> {
  await terminal.out(text)
  return exits.ok
}

function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => stream.write(text, error => (error ? reject(error) : resolve())))
}

/** The first Ctrl-C aborts the signal; the second ends the process. */
function interruption(host: Process): AbortSignal {
  const controller = new AbortController()
  host.once('SIGINT', () => {
    controller.abort()
    host.once('SIGINT', () => host.exit(exits.interrupted))
  })
  return controller.signal
}

/** From package.json, which is further up in build/ than in dist/. */
function version(): string {
  for (let folder = new URL('.', import.meta.url); folder.pathname !== '/'; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder)
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  }
  return 'of unknown version'
}
