import { printable } from '../idl/printable.js'

export type Step = string | number

const tokenPattern = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/**
 * Where the value at a path begins in a text that is valid JSON; undefined if it has no such value.
 * @param part `key`: where the name of the field begins
 */
export function offsetOf(text: string, path: readonly Step[], part: 'value' | 'key' = 'value'): number | undefined {
  const tokens = [...text.matchAll(tokenPattern)]
  let at = 0
  let key = 0
  const skipValue = () => {
    let depth = 0
    do {
      const token = tokens[at++]?.[0]
      if (token === '{' || token === '[') depth++
      if (token === '}' || token === ']') depth--
    } while (depth > 0)
  }
  for (const step of path) {
    const open = tokens[at++]?.[0]
    for (let index = 0; ; at += tokens[at]?.[0] === ',' ? 1 : 0) {
      const token = tokens[at]?.[0]
      if (token === undefined || token === '}' || token === ']') return undefined
      if (open === '[') {
        if (index++ === step) break
      } else {
        if (open !== '{') return undefined
        key = at
        at += 2
        if (JSON.parse(token) === step) break
      }
      skipValue()
    }
  }
  return tokens[part === 'key' ? key : at]?.index
}

const stepPattern = /^\.?([A-Za-z_]\w*)|^\[(\d+)\]|^\[("(?:[^"\\]|\\.)*")\]/

/** The path with which the message of a codec's error begins: `items[3].price: expected double`. */
export function pathIn(message: string): Step[] {
  const path: Step[] = []
  for (let rest = message; ; ) {
    const match = stepPattern.exec(rest)
    if (match === null) return rest.startsWith(': ') ? path : []
    const [whole, name, index, key] = match
    path.push(name ?? (index === undefined ? (JSON.parse(key ?? '""') as string) : Number(index)))
    rest = rest.slice(whole.length)
  }
}

/** Line and column of an offset, from 1, and a hint that shows the line with a mark below. */
export function markedAt(text: string, offset: number, start: { readonly line: number; readonly column: number }) {
  const before = text.slice(0, offset).split('\n')
  const last = before.at(-1) ?? ''
  const column = before.length === 1 ? start.column + last.length : last.length + 1
  const line = start.line + before.length - 1
  return {
    where: `line ${line}, column ${column}`,
    hint: shownLine(text.split('\n')[before.length - 1] ?? '', last.length),
  }
}

/** A long line is cut around its mark. */
function shownLine(line: string, at: number): string {
  const from = Math.max(0, at - 60)
  return `${printable(line.slice(from, from + 100))}\n${' '.repeat(at - from)}^`
}
