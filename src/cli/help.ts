import type { Command } from './command.js'
import { type Flags, sharedFlags } from './flags.js'

/** What `polywire` alone prints. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2
  return [
    'polywire: one class, every wire',
    '',
    '  polywire call :8080 SayHello name=World      calls a method; the wire is found by itself',
    '  polywire ls :8080                            lists what a server offers',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'polywire help <command>, polywire help flags | targets | data | exit-codes | json',
    '',
  ].join('\n')
}

/** What `polywire <command> --help` prints. */
export function commandHelp(command: Command): string {
  const own = Object.keys(command.flags).length === 0 ? [] : ['', 'Flags:', ...flagLines(command.flags)]
  return [
    `polywire ${command.usage}`,
    '',
    ...`${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.\n${command.details}`
      .split('\n')
      .map(line => `  ${line}`),
    '',
    'Examples:',
    ...command.examples.map(example => `  polywire ${example}`),
    ...own,
    '',
    'Flags that every command takes (polywire help flags):',
    ...wrapped(Object.keys(sharedFlags).map(name => `--${name}`)),
    '',
  ].join('\n')
}

/** What `polywire help flags` prints. */
export function sharedHelp(): string {
  return ['Flags that every command takes:', ...flagLines(sharedFlags), ''].join('\n')
}

function wrapped(words: readonly string[]): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length > 98) lines.push(`  ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

function flagLines(flags: Flags): string[] {
  const heads = Object.entries(flags).map(([name, { short, value }]) => {
    const letter = short === undefined ? '    ' : `-${short}, `
    return `  ${letter}--${name}${value === undefined ? '' : ` ${value}`}`
  })
  const width = Math.max(...heads.map(head => head.length)) + 2
  return Object.values(flags).map(({ text }, at) => `${(heads[at] ?? '').padEnd(width)}${text}`)
}
