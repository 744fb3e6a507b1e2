import { expectedOf, type FailureRow, failureRows, shown } from './failure-rows.js'
import { plainWires, type Wire } from './wires.js'

/** The part of the page about failures: what each looks like, and where a wire has a rule of its own. */
export function failuresSection(): string[] {
  return [
    '## Failures',
    '',
    'A failure has the same code and the same reason on every wire:',
    ...wrapped(`${[...new Set(plainWires.map(nameOf))].join(', ')}.`),
    "An error that a server sends has no reason at the caller. Where a protocol's own rule leads to something else, the last column says what",
    'and why.',
    '',
    '| failure | seen by | code and reason | exceptions |',
    '| --- | --- | --- | --- |',
    ...failureRows.map(row => `| ${row.name} | ${row.side} | ${ticked(shown(row.seen))} | ${exceptionsOf(row)} |`),
    '',
  ]
}

/** Lines of at most 140 columns. */
function wrapped(text: string): string[] {
  return text.match(/.{1,140}(?= |$)/g)?.map(line => line.trim()) ?? []
}

function exceptionsOf(row: FailureRow): string {
  const byText = new Map<string, Set<string>>()
  for (const wire of plainWires) {
    const exception = row.except?.(wire)
    if (exception === undefined) continue
    const expected = expectedOf(row, wire)
    const text = `${expected === 'none' ? 'none' : ticked(expected)}, because ${exception.why}`
    byText.set(text, (byText.get(text) ?? new Set()).add(nameOf(wire)))
  }
  return [...byText].map(([text, names]) => `${[...names].join(', ')}: ${text}`).join('; ')
}

/** Codecs make no difference here. */
function nameOf({ protocol, options }: Wire): string {
  return [protocol, ...Object.values(options)].join(' ')
}

function ticked(text: string): string {
  return text.replace(/\w+/g, name => `\`${name}\``)
}
