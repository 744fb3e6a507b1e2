/** Bars side by side for each name, on a logarithmic scale, as an SVG that can be read on light and dark pages. */
export interface Chart {
  readonly title: string
  readonly unit: string
  readonly series: readonly string[]
  readonly rows: readonly { readonly name: string; readonly values: readonly number[] }[]
}

const colours = ['#4e79a7', '#f28e2b', '#e15759']
const left = 230
const width = 860
const bar = 13
const gap = 14
const top = 58

export function drawChart({ title, unit, series, rows }: Chart): string {
  const all = rows.flatMap(({ values }) => values)
  const least = 10 ** Math.floor(Math.log10(Math.min(...all)))
  const most = Math.max(...all) * 1.4
  const x = (value: number) => left + (Math.log(value / least) / Math.log(most / least)) * (width - left - 20)
  const rowHeight = series.length * bar + gap
  const height = top + rows.length * rowHeight + 24
  const ticks: number[] = []
  for (let tick = least; tick <= most; tick *= 10) ticks.push(tick)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(10, 20, title, 'font-size="15"'),
    ...series.map((name, at) => legend(left + at * 90, 34, name, at)),
    ...ticks.flatMap(tick => [
      `<line x1="${x(tick)}" y1="${top - 8}" x2="${x(tick)}" y2="${height - 22}" stroke="#dddddd"/>`,
      text(x(tick), height - 8, `${tick} ${unit}`, 'text-anchor="middle" fill="#666666"'),
    ]),
    ...rows.flatMap(({ name, values }, row) => [
      text(left - 8, top + row * rowHeight + (series.length * bar) / 2 + 4, name, 'text-anchor="end"'),
      ...values.flatMap((value, at) => {
        const y = top + row * rowHeight + at * bar
        const end = x(value)
        return [
          `<rect x="${left}" y="${y}" width="${(end - left).toFixed(1)}" height="${bar - 2}" fill="${colours[at]}"/>`,
          text(end + 4, y + 10, value.toFixed(0), 'font-size="10"'),
        ]
      }),
    ]),
    '</svg>',
    '',
  ].join('\n')
}

function legend(x: number, y: number, name: string, at: number): string {
  return `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${colours[at]}"/>${text(x + 14, y, name)}`
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${more}>${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
