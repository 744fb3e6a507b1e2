import { readFile, writeFile } from 'node:fs/promises'
import { kinds, scenarios } from './cells.js'
import { failuresSection } from './failure-page.js'
import { type Wire, wireName } from './wires.js'

/** What a cell came to; where nothing is said it holds. */
export interface Found {
  /** At start-up, and why. */
  readonly refused?: string
  /** What holds only in part, and why. */
  readonly lacking?: string | undefined
  readonly failed?: unknown
}

export interface Row {
  readonly wire: Wire
  readonly transport: 'plain' | 'TLS'
  /** By scenario and kind: `success/unary`. */
  readonly found: ReadonlyMap<string, Found>
}

const file = new URL('../../../docs/reference/matrix.md', import.meta.url)

/** Writes the page where it says something else. */
export async function updatePage(text: string): Promise<'current' | 'written'> {
  const before = await readFile(file, 'utf8').catch(() => '')
  if (before === text) return 'current'
  await writeFile(file, text)
  return 'written'
}

export function page(rows: readonly Row[]): string {
  const notes: string[] = []
  const lines = table(rows, notes)
  const cells = rows.reduce((sum, { found }) => sum + found.size, 0)
  const refused = rows.reduce((sum, { found }) => sum + [...found.values()].filter(one => one.refused).length, 0)
  return `${[
    '# The matrix',
    '',
    '`test/matrix` calls one class over every protocol, codec and transport (plain and TLS), with every call kind, and makes the same',
    'assertions in every cell. It also writes this page, and fails if the page was out of date.',
    '',
    `Of ${cells} cells, ${cells - refused} are called and ${refused} are refused at start-up. Both are asserted.`,
    '',
    'A cell lists the call kinds for which it holds: **u**nary, **s**erver streaming, **c**lient streaming, **b**idi streaming. A number',
    'refers to the note below that says what holds instead.',
    '',
    '`fetch` is `fetchHandler` behind a server of the test. polywire has no client for `grpc-web` and `rest`, so the test has its own.',
    '',
    ...lines,
    '',
    ...notes.map((note, at) => `${at + 1}. ${note}`),
    '',
    ...failuresSection(),
  ].join('\n')}`
}

function table(rows: readonly Row[], notes: string[]): string[] {
  const names = scenarios.map(({ name }) => name)
  return [
    `| wire | over | ${names.join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(names.length)}`,
    ...merged(rows.map(row => ({ row, cells: names.map(name => cell(row, name, notes)).join(' | ') }))),
  ]
}

/** Transports that came to the same share a line. */
function merged(lines: readonly { readonly row: Row; readonly cells: string }[]): string[] {
  const transports = new Map<string, string[]>()
  for (const { row, cells } of lines) {
    const key = `| ${wireName(row.wire)} | * | ${cells} |`
    transports.set(key, [...(transports.get(key) ?? []), row.transport])
  }
  return [...transports].map(([line, over]) => line.replace('*', over.join(', ')))
}

function cell({ found }: Row, scenario: string, notes: string[]): string {
  const marks = kinds.map((kind): [string, number | undefined] => {
    const { refused, lacking } = found.get(`${scenario}/${kind}`) ?? { refused: 'it was not tried' }
    const why = refused === undefined ? lacking : `${refused}: refused at start-up`
    return [kind[0] as string, why === undefined ? undefined : noteOf(why, notes)]
  })
  const parts = [
    marks
      .filter(([, note]) => note === undefined)
      .map(([kind]) => kind)
      .join(''),
  ]
  for (const note of new Set(marks.map(([, note]) => note))) {
    if (note === undefined) continue
    parts.push(
      `${marks
        .filter(([, other]) => other === note)
        .map(([kind]) => kind)
        .join('')}<sup>${note}</sup>`,
    )
  }
  return parts.filter(part => part !== '').join(' ')
}

function noteOf(why: string, notes: string[]): number {
  const at = notes.indexOf(why)
  return at < 0 ? notes.push(why) : at + 1
}
