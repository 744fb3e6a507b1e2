import type { Command } from './command.js'
import { type Flags, sharedFlags } from './flags.js'

/** What `polywire` alone prints. */
export function overview(commands: readonly Command[]): string {
  const groups = (['talk', 'write', 'keep'] as const).map(group => {
    const names = commands.filter(one => one.group === group).map(({ name }) => name)
    return `${group.padEnd(8)}${names.join('  ')}`
  })
  return [
    'polywire: one class, every wire',
    '',
    '  polywire init my-service                     a service, a client and a test that passes',
    '  polywire call :8080 SayHello name=World      call a method; the wire is found by itself',
    '  polywire ls :8080                            what a server offers',
    '',
    ...groups,
    '',
    'polywire help <command>, polywire help targets | data | exit-codes | json',
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
