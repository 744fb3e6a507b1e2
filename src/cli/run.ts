import { version } from '../server/version.js'
import { firstWord, readArguments } from './arguments.js'
import { CliError, exits } from './cli-error.js'
import { paintOf } from './color.js'
import type { Command, Typed } from './command.js'
import { commands } from './commands.js'
import { commandHelp, overview, sharedHelp } from './help.js'
import { nearest } from './nearest.js'
import { mended } from './pasted.js'
import type { Terminal } from './terminal.js'

type Process = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'stdin' | 'env' | 'on' | 'exit' | 'pid'>

/** Runs a command line. @returns the exit code */
export async function run(line: readonly string[], host: Process): Promise<number> {
  const interruption = new Interruption(host)
  return interruption.end(await runUntil(interruption, line, host))
}

async function runUntil(interruption: Interruption, line: readonly string[], host: Process): Promise<number> {
  const wantsJson = line.includes('--json') || line.includes('-j')
  const wantsDebug = line.includes('--debug') || host.env.POLYWIRE_DEBUG === '1'
  const width = host.stdout.isTTY ? host.stdout.columns : undefined
  const terminal = (typed?: Typed): Terminal => ({
    out: text => written(host.stdout, text),
    err: text => void host.stderr.write(text),
    stdin: host.stdin,
    isJson: typed?.has('json') ?? wantsJson,
    isQuiet: typed?.has('quiet') ?? false,
    isDebug: wantsDebug,
    width,
    isLive: host.stderr.isTTY === true && host.env.TERM !== 'dumb' && !host.env.CI,
    isCi: Boolean(host.env.CI),
    ask:
      host.stdin.isTTY && host.stdout.isTTY && !host.env.CI
        ? async questions => (await import('./ask.js')).ask(questions, host, interruption.signal)
        : undefined,
    paint: paintOf(host.stdout, host.env, typed?.valueOf('color')),
    paintErr: paintOf(host.stderr, host.env, typed?.valueOf('color') ?? colorIn(line)),
    get signal() {
      return interruption.signal
    },
  })
  try {
    const command = commandOf(line)
    const typed = readArguments(line, command, commands)
    if (typed.has('version')) return await printed(terminal(typed), await versionText(typed))
    if (typed.positionals[0] === 'help')
      return await printed(terminal(typed), await helpOf(typed.positionals[1], typed, width))
    if (command === undefined) return await printed(terminal(typed), await helpOf(undefined, typed, width))
    if (typed.has('help')) return await printed(terminal(typed), await helpOf(command.name, typed, width))
    const { run: perform } = await command.load()
    if (typed.has('insecure')) host.stderr.write('warn: TLS without verification (--insecure)\n')
    return await perform(await behindCommand(typed, command, host.env), terminal(typed))
  } catch (error) {
    const { report } = await import('./report.js')
    return await report(error, terminal(), line)
  }
}

/** The command is the first word that is not a flag. @throws CliError for a word that is not a command */
function commandOf(line: readonly string[]): Command | undefined {
  const name = firstWord(line, commands)
  if (name === undefined || name === 'help') return undefined
  return named(name, line)
}

/** @param topics what else may stand there */
function named(name: string, line: readonly string[], topics: readonly string[] = ['help']): Command {
  const command = commands.find(one => one.name === name)
  if (command !== undefined) return command
  const close = nearest(name, [...commands.map(one => one.name), ...topics])
  const what = close !== undefined && topics.includes(close) && close !== 'help' ? 'topic' : 'command'
  throw new CliError(`there is no ${what} ${name}${close === undefined ? '' : `. Did you mean ${close}?`}`, {
    hint: mended(line, name, close) ?? 'polywire help',
  })
}

/** @param name a command, a topic, or `flags`; undefined: of everything */
async function helpOf(name: string | undefined, typed: Typed, width: number | undefined): Promise<string> {
  const json = typed.has('json') ? await import('./help-json.js') : undefined
  if (name === 'flags') return json ? lineOf(json.sharedFlagsJson()) : sharedHelp()
  if (name === undefined) return json ? lineOf(json.helpJson(commands)) : overview(commands)
  if (!commands.some(one => one.name === name)) {
    const { topics, topicText } = await import('./help-topics.js')
    const topic = Object.hasOwn(topics, name) ? topics[name]?.() : undefined
    if (topic !== undefined) return json ? lineOf(json.topicJson(name, topic)) : topicText(topic, width)
    named(name, typed.line, ['flags', ...Object.keys(topics)])
  }
  const command = named(name, typed.line)
  return json ? lineOf(json.helpJson([command])) : commandHelp(command)
}

function lineOf(document: object): string {
  return `${JSON.stringify(document)}\n`
}

/** A command line without the command's name, in which the name of a target is what the project file has of it. */
export async function behindCommand(typed: Typed, command: Command, env: NodeJS.ProcessEnv): Promise<Typed> {
  const rest = { ...typed, positionals: typed.positionals.slice(1) }
  const [first] = rest.positionals
  // No address is a bare word.
  if (!command.usage.includes('TARGET') || first === undefined || !/^[a-z][\w-]*$/i.test(first)) return rest
  const { namedTarget } = await import('./project.js')
  return namedTarget(rest, env)
}

/** Of a line that could not be read as a whole. */
function colorIn(line: readonly string[]): string | undefined {
  const at = line.findIndex(word => /^--color(?:=|$)/.test(word))
  return at < 0 ? undefined : (line[at]?.split('=')[1] ?? line[at + 1])
}

/** With -v also what runs it. */
async function versionText(typed: Typed): Promise<string> {
  if (typed.has('json')) return lineOf((await import('./help-json.js')).versionJson())
  const { platform, arch, argv } = process
  const more = typed.has('verbose') ? `Node ${process.versions.node}, ${platform} ${arch}\n${argv[1]}\n` : ''
  return `polywire ${version()}\n${more}`
}

async function printed(terminal: Terminal, text: string): Promise<number> {
  await terminal.out(text)
  return exits.ok
}

function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => stream.write(text, error => (error ? reject(error) : resolve())))
}

/**
 * The first Ctrl-C or SIGTERM aborts the signal if the command waits for it, else it ends the process; so does the second. Until the command
 * asks for the signal there is nothing to clean up, and the system ends the process, even in the middle of a long computation, in which no
 * handler would run. A command that has ended waits for nothing, but a module of its contract may keep the process.
 */
class Interruption {
  /** Whether the command took the signal, and so ends by itself. */
  private isAwaited = false
  private isListening = false
  /** The exit code of the first; undefined: none came. */
  private code: number | undefined
  private readonly controller = new AbortController()

  constructor(private readonly host: Process) {
    // The first process of a container has no default action.
    if (host.pid === 1) this.listen()
  }

  get signal(): AbortSignal {
    this.listen()
    this.isAwaited = true
    return this.controller.signal
  }

  /**
   * The command has ended. If a signal came, the process ends too, once stderr is written.
   * @param own the command's exit code: `interrupted`, whichever signal ended it
   * @returns the exit code of the process
   */
  end(own: number): number {
    this.listen()
    this.isAwaited = false
    const code = own === exits.interrupted ? (this.code ?? own) : own
    if (this.code !== undefined) this.host.stderr.write('', () => this.host.exit(code))
    return code
  }

  private listen(): void {
    if (this.isListening) return
    this.isListening = true
    this.host.on('SIGINT', () => this.receive(exits.interrupted, 'you'))
    this.host.on('SIGTERM', () => this.receive(exits.terminated, 'SIGTERM'))
  }

  private receive(code: number, by: string): void {
    const isFirst = this.code === undefined
    this.code ??= code
    this.controller.abort(new CliError(by, { exit: code }))
    if (!isFirst || !this.isAwaited) this.host.exit(code)
  }
}
