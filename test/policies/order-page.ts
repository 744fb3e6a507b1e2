import { readFile, writeFile } from 'node:fs/promises'
import type { Stage } from '../../src/core/policy.js'
import { insteadOf, namesIn, stages } from '../../src/policies/order.js'
import { reasons, type StepReason } from '../../src/policies/order-reasons.js'

const file = new URL('../../../docs/guide/policies.md', import.meta.url)
const start = '<!-- generated from src/policies/order.ts -->'
const end = '<!-- end of the generated part -->'

/** Writes the generated part of the guide if it is out of date. */
export async function updatePage(): Promise<'current' | 'written'> {
  const before = await readFile(file, 'utf8')
  const [head, tail] = [before.indexOf(start) + start.length, before.indexOf(end)]
  if (head < start.length || tail < head) throw new Error(`policies.md must hold ${start} and, after it, ${end}`)
  const after = `${before.slice(0, head)}\n${orderPart()}\n${before.slice(tail)}`
  if (after === before) return 'current'
  await writeFile(file, after)
  return 'written'
}

/** The picture and the table of all stages, outermost first. */
export function orderPart(): string {
  return [
    '',
    '```text',
    'client   call     once per call',
    ...chain('call'),
    '                     ↓',
    '         attempt  once per try',
    ...chain('attempt'),
    '                     ↓',
    '- - - - - - - - - network - - - - - - - - -',
    '                     ↓',
    'server   handler  around the method',
    ...chain('handler', 'your method'),
    '```',
    '',
    '| stage | policy | name | why there |',
    '| --- | --- | --- | --- |',
    ...stages.flatMap(stage => namesIn(stage).map(name => row(stage, name))),
    '',
  ].join('\n')
}

/** Alternatives share a place: `retry | hedge`. Long chains are folded. */
function chain(stage: Stage, last?: string): string[] {
  const names = namesIn(stage)
  const places = names
    .filter(name => !insteadOf.has(name) && !reasonOf(stage, name).runsNothing)
    .map(name => [name, ...names.filter(one => insteadOf.get(one) === name)].join(' | '))
  const lines = ['']
  for (const place of last === undefined ? places : [...places, last]) {
    const line = lines.at(-1) as string
    const longer = line === '' ? place : `${line} → ${place}`
    if (longer.length <= 70) lines[lines.length - 1] = longer
    else lines.push(`  → ${place}`)
  }
  return lines.map(line => `                  ${line}`)
}

export function reasonOf(stage: Stage, name: string): StepReason {
  return (reasons[stage] as Readonly<Record<string, StepReason>>)[name] as StepReason
}

function row(stage: Stage, name: string): string {
  const { title, why } = reasonOf(stage, name)
  const shown = title ?? `\`@${name[0]?.toUpperCase()}${name.slice(1)}\``
  return `| ${stage} | ${shown} | \`${name}\` | ${why} |`
}
