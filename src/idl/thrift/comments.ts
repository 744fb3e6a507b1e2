/** Comments and literals. A comment that does not end reaches to the end of the file. */
const form = /\/\*[\s\S]*?(?:\*\/|$)|\/\/.*|#.*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g

/** A source without comments and literals. Its lines stay where they are. */
export function blanked(text: string): string {
  return text.replace(form, one => one.replace(/[^\n]/g, ' '))
}

/** The line in which a comment begins that does not end; undefined if there is none. */
export function openComment(text: string): number | undefined {
  for (const { 0: one, index } of text.matchAll(form))
    if (one.startsWith('/*') && (one.length < 4 || !one.endsWith('*/'))) return text.slice(0, index).split('\n').length
  return undefined
}
