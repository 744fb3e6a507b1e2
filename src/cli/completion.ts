import { CliError, exits } from './cli-error.js'
import type { Command, Typed } from './command.js'
import { type Flag, type Flags, sharedFlags } from './flags.js'
import { nearest } from './nearest.js'
import { mended } from './pasted.js'
import { type Project, projectOf } from './project.js'
import type { Terminal } from './terminal.js'

/** Each asks `polywire completion words` for what can follow a line. It never dials. */
const scripts: Readonly<Record<string, string>> = {
  bash: `_polywire() {
  local IFS=$'\\n' line="\${COMP_LINE:0:COMP_POINT}"
  COMPREPLY=($(polywire completion words -- "$line" 2>/dev/null))
  # What stands before = is a word of its own in bash.
  [[ \${line##*[[:space:]]} != *=* ]] || COMPREPLY=("\${COMPREPLY[@]#*=}")
}
complete -o default -F _polywire polywire
`,
  // In a file of $fpath it is the body of _polywire, which zsh calls at once.
  zsh: `#compdef polywire
_polywire() {
  local -a candidates
  candidates=("\${(@f)$(polywire completion words -- "\${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)}")
  if [[ -n $candidates[1] ]]; then compadd -a candidates; else _files; fi
}
if [[ $funcstack[1] == _polywire ]]; then
  _polywire "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _polywire polywire
fi
`,
  fish: `function __polywire_complete
  set -l words (polywire completion words -- (commandline -cp | string collect) 2>/dev/null)
  if set -q words[1]
    printf '%s\\n' $words
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c polywire -f -a '(__polywire_complete)'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName polywire -ScriptBlock {
  param($word, $ast, $cursor)
  # The cursor counts from the beginning of the input. A space before it is not in the text of the command.
  $length = $cursor - $ast.Extent.StartOffset
  $line = $ast.ToString().PadRight($length).Substring(0, $length)
  polywire completion words $line 2>$null | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`,
}

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [shell = '', line = ''] = typed.positionals
  if (shell === 'words') {
    const words = await candidates(line, typed.commands)
    await terminal.out(terminal.isJson ? document({ words }) : words.map(word => `${word}\n`).join(''))
    return exits.ok
  }
  const script = scripts[shell]
  if (script === undefined) {
    const close = nearest(shell, Object.keys(scripts))
    const advice =
      close === undefined ? `; completion takes ${Object.keys(scripts).join(', ')}` : `. Did you mean ${close}?`
    const hint = mended(typed.line, shell, close)
    if (shell === '')
      throw new CliError(`completion takes a shell: ${Object.keys(scripts).join(', ')}`, {
        hint: 'polywire help completion',
      })
    throw new CliError(`there is no completion for ${JSON.stringify(shell)}${advice}`, { hint })
  }
  await terminal.out(terminal.isJson ? document({ shell, script }) : script)
  return exits.ok
}

function document(fields: object): string {
  return `${JSON.stringify({ schema: 'polywire.completion/1', ...fields })}\n`
}

/** What the last word of a line can become. */
async function candidates(line: string, commands: readonly Command[]): Promise<string[]> {
  const typed = line.split(/\s+/)
  // Assignments may stand before the program, and a path before its name.
  const words = typed.slice(typed.findIndex(word => /(?:^|\/)polywire$/.test(word)) + 1)
  const last = words.pop() ?? ''
  const all = await following(words, last, commands)
  return all.filter(word => word.startsWith(last))
}

async function following(
  words: readonly string[],
  last: string,
  commands: readonly Command[],
): Promise<readonly string[]> {
  const command = commands.find(one => one.name === words.find(word => !word.startsWith('-')))
  const flags: Flags = { ...sharedFlags, ...command?.flags }
  const valued = flagNamed(words.at(-1) ?? '', flags)
  if (valued?.value !== undefined) return choices(valued)
  const [, given] = /^(--[\w-]+)=/.exec(last) ?? []
  const own = given === undefined ? undefined : flagNamed(given, flags)
  if (own?.value !== undefined) return choices(own).map(choice => `${given}=${choice}`)
  if (last.startsWith('-')) return Object.keys(flags).map(name => `--${name}`)
  const names = commands.map(({ name }) => name)
  if (words[0] === 'help') return [...names, 'flags', ...Object.keys((await import('./help-topics.js')).topics)]
  if (command === undefined) return [...names, 'help']
  return operands(command, placesIn(words.slice(1), flags))
}

function flagNamed(word: string, flags: Flags): Flag | undefined {
  if (word.startsWith('--')) return flags[word.slice(2)]
  return Object.values(flags).find(({ short }) => short !== undefined && word === `-${short}`)
}

/** Those of `uniform|poisson`, and those that the text of a flag lists: `auto, always or never`. */
function choices({ value = '', text }: Flag): string[] {
  if (/^[a-z|]+$/.test(value)) return value.split('|')
  if (!listed.has(value)) return []
  const [, list = ''] = /(?:^|: )((?:[\w-]+, )*[\w-]+(?: or|,) [\w-]+)/.exec(text) ?? []
  return list.split(/, | or /)
}

/** Stands for a value whose choices the text of its flag lists. */
const listed: ReadonlySet<string> = new Set(['NAME', 'WHEN', 'FORMAT', 'ORDER', 'WIRES', 'MANAGER'])

/** The words that are neither flags nor their values. */
function placesIn(words: readonly string[], flags: Flags): string[] {
  return words.filter((word, at) => !word.startsWith('-') && flagNamed(words[at - 1] ?? '', flags)?.value === undefined)
}

async function operands({ usage, name }: Command, before: readonly string[]): Promise<readonly string[]> {
  if (name === 'completion') return Object.keys(scripts)
  if (name === 'doctor') return (await import('./doctor.js')).checkNames
  if (!usage.includes('TARGET')) return []
  const project = quietly(() => projectOf(undefined, process.env))
  if (project === undefined) return []
  // The first word of tap is where it listens.
  if (before.length === (name === 'tap' ? 1 : 0)) return Object.keys(project.targets)
  return before.length === 1 && takesMethod.has(name) ? methodsOf(project) : []
}

const takesMethod: ReadonlySet<string> = new Set(['call', 'bench', 'describe'])

/** A project that cannot be read completes nothing. Commands say what is wrong with it. */
function quietly(read: () => Project | undefined): Project | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

async function methodsOf(project: Project): Promise<string[]> {
  const { contractsIn } = await import('./project-contracts.js')
  const contracts = await contractsIn(project)
  const methods = contracts.flatMap(one =>
    'contract' in one ? one.contract.services.flatMap(service => service.methods) : [],
  )
  return methods.map(({ path }) => path.slice(1))
}
