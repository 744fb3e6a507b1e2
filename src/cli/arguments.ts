import { parseArgs } from 'node:util'
import { CliError } from './cli-error.js'
import type { Command, Typed } from './command.js'
import { type Flag, type Flags, sharedFlags } from './flags.js'
import { nearest } from './nearest.js'
import { mended } from './pasted.js'

/**
 * Reads a command line. Flags stand anywhere.
 * @param all every command: a flag of another one is ignored
 * @throws CliError for a flag that no command has, or one without its value
 */
export function readArguments(line: readonly string[], command: Command | undefined, all: readonly Command[]): Typed {
  const known = knownTo(command, all)
  const { values, positionals, tokens } = parse(line, known)
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const flag = known[token.name]
    if (flag === undefined) throw unknownFlag(token.rawName, known, line)
    // One that is empty comes from a variable of the shell that is not set.
    if (flag.value !== undefined && !token.value)
      throw new CliError(`${token.rawName} needs a value: ${token.rawName} ${flag.value}`)
    if (flag.value === undefined && token.value !== undefined) throw new CliError(`${token.rawName} takes no value`)
    if (token.name === 'color' && !whens.includes(token.value ?? ''))
      throw new CliError(
        `--color must be ${whens.join(', ').replace(/, (?=\w+$)/, ' or ')}, got ${JSON.stringify(token.value)}`,
      )
  }
  const listOf = (flag: string) => (values[flag] as string[] | undefined) ?? []
  return {
    positionals,
    line,
    commands: all,
    has: flag => values[flag] === true,
    valueOf: flag => listOf(flag).at(-1),
    valuesOf: listOf,
  }
}

/** The first word that is not a flag, whatever is wrong with the flags. */
export function firstWord(line: readonly string[], all: readonly Command[]): string | undefined {
  return parse(line, knownTo(undefined, all)).positionals[0]
}

function knownTo(command: Command | undefined, all: readonly Command[]): Flags {
  return { ...Object.assign({}, ...all.map(one => one.flags)), ...sharedFlags, ...command?.flags }
}

function parse(line: readonly string[], known: Flags) {
  return parseArgs({
    args: [...line],
    options: Object.fromEntries(Object.entries(known).map(([name, flag]) => [name, optionOf(flag)])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
}

function optionOf({ short, value }: Flag): { type: 'string' | 'boolean'; short?: string; multiple?: boolean } {
  const option = value === undefined ? { type: 'boolean' as const } : { type: 'string' as const, multiple: true }
  return short === undefined ? option : { ...option, short }
}

const whens: readonly string[] = ['auto', 'always', 'never']

function unknownFlag(raw: string, known: Flags, line: readonly string[]): CliError {
  const close = nearest(raw.replace(/^--?/, ''), Object.keys(known))
  if (close === undefined) return new CliError(`there is no flag ${raw}`)
  return new CliError(`there is no flag ${raw}. Did you mean --${close}?`, { hint: mended(line, raw, `--${close}`) })
}
