import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { lockTextOf } from '../idl/check/snapshot.js'
import { lockFile } from '../idl/lock/format.js'
import { readAgainst } from './against.js'
import { judge } from './check.js'
import { checkSettings } from './check-settings.js'
import { checkText } from './check-text.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { pasted } from './pasted.js'
import { projectOf } from './project.js'
import { Places, snapshotFrom, sourcesFor } from './sources.js'
import { systemFault } from './system-fault.js'
import type { Terminal } from './terminal.js'
import { writeText } from './write-text.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const project = projectOf(typed.valueOf('project'), process.env)
  const settings = checkSettings(project)
  const sources = sourcesFor(typed, project, 'lock')
  const path =
    typed.valueOf('out') ??
    (relative(process.cwd(), join(project === undefined ? '' : dirname(project.path), lockFile)) || lockFile)
  const snapshot = await snapshotFrom(sources, typed.valuesOf('include'))
  const text = lockTextOf(snapshot)
  const before = existsSync(path) ? await lockIn(path) : undefined
  const changed = before !== text
  const tell = async () => {
    if (terminal.isJson) await terminal.out(`${JSON.stringify({ schema: 'polywire.lock/1', path, changed })}\n`)
  }
  if (typed.has('check')) {
    await tell()
    if (!changed || terminal.isJson) return changed ? exits.no : exits.ok
    const what = before === undefined ? 'missing' : 'out of date'
    throw new CliError(`${path} is ${what}`, {
      hint: pasted(typed.line.filter(word => word !== '--check')),
      exit: exits.no,
    })
  }
  if (before !== undefined && changed) {
    const judgement = judge(await readAgainst(path, sources, typed), snapshot, typed, settings)
    if (!judgement.isMeant) {
      if (!terminal.isJson) await terminal.out(checkText(judgement, new Places(sources), terminal))
      throw new CliError(
        `${path} stays as it is, since callers would break. If it is meant, allow it in polywire.json`,
        {
          hint: 'polywire help check',
          exit: exits.no,
        },
      )
    }
  }
  if (changed) await writeText(path, text)
  await tell()
  if (!terminal.isJson && !terminal.isQuiet)
    await terminal.out(`${path}   ${before === undefined ? 'new' : changed ? 'changed' : 'unchanged'}\n`)
  return exits.ok
}

async function lockIn(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${systemFault(error)}`)
  }
}
