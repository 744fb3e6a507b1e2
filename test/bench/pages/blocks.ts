/**
 * Fills the blocks of a Markdown page: what stands between `<!-- figures: NAME -->` and `<!-- /figures -->`.
 *
 * @param render the content of a block; throws where there is no such block
 */
export function fillBlocks(page: string, render: (name: string) => string): string {
  return page.replace(
    /(<!-- figures: (.+?) -->\n)[\s\S]*?(<!-- \/figures -->)/g,
    (_, start: string, name: string, end: string) => `${start}${render(name)}${end}`,
  )
}

/** The names of a page's blocks. */
export function blocksOf(page: string): string[] {
  return [...page.matchAll(/<!-- figures: (.+?) -->/g)].map(([, name = '']) => name)
}

/** Breaks a text into lines of at most 120 columns, but not inside of code, with an indent before all but the first. */
export function wrapped(text: string, indent = ''): string {
  const lines: string[] = []
  for (const word of text.split(/\s+(?=(?:[^`]*`[^`]*`)*[^`]*$)/)) {
    const last = lines.at(-1)
    if (last === undefined) lines.push(word)
    else if (last.length + 1 + word.length <= 120) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(indent + word)
  }
  return `${lines.join('\n')}\n`
}
