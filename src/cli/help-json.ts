import { version } from '../server/version.js'
import type { Command } from './command.js'
import { type Flags, sharedFlags } from './flags.js'
import type { Topic } from './help-topics.js'

// What `help`, `--help` and `--version` print with --json.

/** Of `polywire help`: all there is. Of `polywire help <command>`: this one. */
export function helpJson(commands: readonly Command[]): object {
  return { schema: 'polywire.help/1', commands: commands.map(commandJson), flags: flagsJson(sharedFlags) }
}

/** Of `polywire help flags`: those that every command takes. */
export function sharedFlagsJson(): object {
  return { schema: 'polywire.help/1', flags: flagsJson(sharedFlags) }
}

export function topicJson(name: string, { heading, rows }: Topic): object {
  const entries = rows.map(([term, meaning]) => ({ term, meaning }))
  return { schema: 'polywire.help/1', topic: { name, heading, entries } }
}

export function versionJson(): object {
  const { platform, arch, argv, versions } = process
  return { schema: 'polywire.version/1', version: version(), node: versions.node, platform, arch, program: argv[1] }
}

function commandJson({ name, group, summary, usage, details, examples, flags }: Command): object {
  return { name, group, summary, usage, details, examples, flags: flagsJson(flags) }
}

function flagsJson(flags: Flags): object[] {
  return Object.entries(flags).map(([name, { short, value, many = false, text }]) => ({
    name,
    short,
    value,
    many,
    text,
  }))
}
