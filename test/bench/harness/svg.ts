/** The page's own colours, and those of a dark one; figures stand in a halo, so that no line of the grid runs through them. */
export const style = `<style>
  .page { fill: #ffffff } text { fill: #1f2328 } .tick { fill: #59636e } .grid { stroke: #d1d9e0 }
  .own { fill: #2f6feb } .peer { fill: #8c959f } .spread { stroke: #1f2328; stroke-width: 1.5 }
  .value { stroke: #ffffff; stroke-width: 3px; paint-order: stroke }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #f0f6fc } .tick { fill: #9198a1 } .grid { stroke: #3d444d }
    .own { fill: #4493f8 } .peer { fill: #656c76 } .spread { stroke: #f0f6fc }
    .value { stroke: #0d1117 }
  }
</style>`

export interface Heading {
  readonly width: number
  readonly height: number
  readonly title: string
  /** What the picture shows, for readers who do not see it. Default: the title alone. */
  readonly description?: string
}

/** An SVG that can be read on light and dark pages. */
export function document({ width, height, title, description }: Heading, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    ...(description === undefined ? [] : [`<desc>${escaped(description)}</desc>`]),
    style,
    `<rect class="page" width="${width}" height="${height}"/>`,
    text(16, 26, title, 'font-size="15" font-weight="bold"'),
    ...content,
    '</svg>',
    '',
  ].join('\n')
}

export function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${more}>${escaped(content)}</text>`
}

/** @param kind its classes */
export function line(kind: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${kind}" x1="${x1.toFixed(1)}" y1="${y1}" x2="${x2.toFixed(1)}" y2="${y2}"/>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
