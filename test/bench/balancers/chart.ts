import { document, line, text } from '../harness/svg.js'

/** Bars side by side for each name, on a logarithmic scale, as an SVG that can be read on light and dark pages. */
export interface Chart {
  readonly title: string
  readonly unit: string
  readonly series: readonly string[]
  readonly rows: readonly { readonly name: string; readonly values: readonly number[] }[]
}

const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const colours = ['#4e79a7', '#f28e2b', '#e15759']
const left = 250
const width = 880
const bar = 13
const gap = 14
const top = 74

export function drawChart({ title, unit, series, rows }: Chart): string {
  const all = rows.flatMap(({ values }) => values)
  const least = 10 ** Math.floor(Math.log10(Math.min(...all)))
  const most = Math.max(...all) * 1.4
  const x = (value: number) => left + (Math.log(value / least) / Math.log(most / least)) * (width - left - 20)
  const rowHeight = series.length * bar + gap
  const height = top + rows.length * rowHeight + 24
  const ticks: number[] = []
  for (let tick = least; tick <= most; tick *= 10) ticks.push(tick)
  return document({ width, height, title }, [
    ...series.map((name, at) => legend(left + at * 80, 50, name, at)),
    ...ticks.flatMap(tick => [
      line('grid', x(tick), top - 8, x(tick), height - 24),
      text(x(tick), height - 8, `${numbers.format(tick)} ${unit}`, 'class="tick" text-anchor="middle"'),
    ]),
    ...rows.flatMap(({ name, values }, row) => [
      text(left - 8, top + row * rowHeight + (series.length * bar) / 2 + 4, name, 'text-anchor="end"'),
      ...values.flatMap((value, at) => {
        const y = top + row * rowHeight + at * bar
        const end = x(value)
        return [
          `<rect x="${left}" y="${y}" width="${(end - left).toFixed(1)}" height="${bar - 2}" fill="${colours[at]}"/>`,
          text(end + 5, y + 10, numbers.format(value), 'class="value" font-size="11"'),
        ]
      }),
    ]),
  ])
}

function legend(x: number, y: number, name: string, at: number): string {
  return `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${colours[at]}"/>${text(x + 14, y, name)}`
}
