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
    'polywire help <command>',
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
    'Flags that every command takes:',
    ...flagLines(sharedFlags),
    '',
  ].join('\n')
}

function flagLines(flags: Flags): string[] {
  const heads = Object.entries(flags).map(([name, { short, value }]) => {
    const letter = short === undefined ? '    ' : `-${short}, `
    return `  ${letter}--${name}${value === undefined ? '' : ` ${value}`}`
  })
  const width = Math.max(...heads.map(head => head.length)) + 2
  return Object.values(flags).map(({ text }, at) => `${(heads[at] ?? '').padEnd(width)}${text}`)
}
