import { type Measure, measures } from '../harness/measures.js'
import type { Result } from '../harness/result.js'
import { document, line, text } from '../harness/svg.js'

const numbers = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const left = 260
const width = 880
const bar = 22
const top = 56

/** The first measure of a result, a bar for each contender from zero, with the middle half of its rounds as a line. */
export function barChart({ title, rows }: Result): string {
  const measure = (Object.keys(measures) as Measure[]).find(one =>
    rows.some(({ figures }) => figures[one] !== undefined),
  )
  if (measure === undefined) throw new Error(`${title}: no figures`)
  const bars = rows.flatMap(({ name, figures }) => {
    const spread = figures[measure]
    return spread === undefined ? [] : [{ name, spread }]
  })
  const most = Math.max(...bars.map(({ spread }) => spread.high))
  const x = (value: number) => left + (value / most) * (width - left - 110)
  const height = top + bars.length * bar + 12
  return document({ width, height, title: `${title}: ${measures[measure].title}` }, [
    line('grid', left, top - 8, left, height - 10),
    ...bars.flatMap(({ name, spread: { median, low, high } }, at) => {
      const y = top + at * bar
      const kind = name.startsWith('polywire') ? 'own' : 'peer'
      return [
        text(left - 8, y + 10, name, 'text-anchor="end"'),
        `<rect class="${kind}" x="${left}" y="${y}" width="${(x(median) - left).toFixed(1)}" height="13"/>`,
        line('spread', x(low), y + 6.5, x(high), y + 6.5),
        text(Math.max(x(median), x(high)) + 6, y + 11, numbers.format(median), 'class="value"'),
      ]
    }),
  ])
}
