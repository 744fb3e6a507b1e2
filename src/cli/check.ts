import type { Deploy } from '../idl/check/avro.js'
import { type Comparison, compare } from '../idl/check/compare.js'
import { allWires, type Wire } from '../idl/check/finding.js'
import type { Snapshot } from '../idl/check/snapshot.js'
import { lockFile } from '../idl/lock/format.js'
import { type Against, readAgainst } from './against.js'
import { allowText, Judgement } from './check-judgement.js'
import { type CheckSettings, checkSettings, wiresIn } from './check-settings.js'
import { annotations, checkJson, checkText } from './check-text.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { projectOf } from './project.js'
import { Places, snapshotFrom, sourcesFor } from './sources.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const project = projectOf(typed.valueOf('project'), process.env)
  const settings = checkSettings(project)
  const sources = sourcesFor(typed, project, 'check')
  const after = await snapshotFrom(sources, typed.valuesOf('include'))
  const against = await readAgainst(typed.valueOf('against') ?? settings.against ?? lockFile, sources, typed)
  const judgement = judge(against, after, typed, settings)
  const places = new Places(sources)
  if (terminal.isJson) await terminal.out(`${JSON.stringify(checkJson(judgement, places))}\n`)
  else if (!terminal.isQuiet || judgement.breaks) await terminal.out(checkText(judgement, places, terminal))
  if (typed.valueOf('annotate') === 'github') terminal.err(annotations(judgement, places))
  for (const line of allowText(judgement)) terminal.err(`${terminal.paintErr('bad', 'polywire:')} ${line}\n`)
  return judgement.breaks ? exits.no : exits.ok
}

/** The verdicts of a comparison, by the flags and the project's settings. */
export function judge(against: Against, after: Snapshot, typed: Typed, settings: CheckSettings): Judgement {
  const deploy = deployOf(typed.valueOf('deploy'))
  const comparison = compare(against.snapshot, after, { strict: typed.has('strict'), deploy })
  const today = new Date().toISOString().slice(0, 10)
  const wires = chosenWires(comparison, typed, settings)
  return new Judgement({
    title: titleOf(after, against.snapshot),
    label: against.label,
    comparison,
    wires,
    allow: settings.allow,
    today,
  })
}

function deployOf(text: string | undefined): Deploy {
  if (text === undefined) return 'both'
  if (text === 'servers-first' || text === 'clients-first') return text
  throw new CliError(`--deploy must be servers-first or clients-first, got ${text}`)
}

function chosenWires({ wires }: Comparison, typed: Typed, settings: CheckSettings): readonly Wire[] {
  const given = typed.valuesOf('wires').flatMap(text => text.split(',').map(one => one.trim()))
  const asked = wiresIn(given, name => new CliError(`--wires: there is no wire ${name}`))
  const chosen = asked.length > 0 ? asked : (settings.wires ?? allWires)
  return wires.filter(wire => chosen.includes(wire))
}

/** The packages of a contract. */
function titleOf(...snapshots: readonly Snapshot[]): string {
  for (const { lock } of snapshots) {
    const names = [...Object.keys(lock.services), ...Object.keys(lock.messages)]
    const packages = new Set(names.map(name => name.slice(0, Math.max(0, name.lastIndexOf('.')))))
    const outer = [...packages].filter(one => !names.includes(one)).sort()
    if (outer.length > 0) return outer.filter(one => one !== '').join(', ') || 'the contract'
  }
  return 'the contract'
}
