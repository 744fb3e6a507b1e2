/** Characters of a text in a log or a span. */
const most = 1000

/** A text that somebody else may have written, cut if it is long, and then with its length. */
export function cut(text: string): string {
  return text.length <= most ? text : `${text.slice(0, most)}... (${text.length} characters)`
}
