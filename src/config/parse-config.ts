import { invalid } from './config-policies.js'

/**
 * Parses a configuration.
 * @param source where the text comes from, for the error: a path, or a key
 * @throws RpcError `failed_precondition` (`invalid_config`) if it is not JSON, with the line and column of the first mistake
 */
export function parseConfig(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const { at, what } = jsonMistake(text)
    const before = text.slice(0, at).split('\n')
    const where = `${source}:${before.length}:${(before.at(-1) ?? '').length + 1}`
    throw invalid(where, `not JSON: ${what}`)
  }
}

/** Where a text stops being JSON, and what is wrong there. V8 tells a position only at times. */
export function jsonMistake(text: string): { readonly at: number; readonly what: string } {
  const at = mistakeIn(text)
  return { at, what: at === text.length ? 'the text ends too early' : shownAt(text, at) }
}

function shownAt(text: string, at: number): string {
  const [found = ''] = /^(?:[\w.]+|.)/su.exec(text.slice(at, at + 20)) ?? []
  return `unexpected ${JSON.stringify(found)}`
}

/** White space, then a token: a mark, a string, or a word or number. */
const token =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)))/uy
const space = /[ \t\r\n]*/y
/** What can begin a value: a bracket, a string (`"`), or a word or number (`w`). */
const value = '{["w'

/** The index of the first token that JSON does not allow, or the length if the text ends too early. */
function mistakeIn(text: string): number {
  /** The closing brackets that are missing so far. */
  const closers: string[] = []
  let allowed = value
  let at = 0
  for (;;) {
    token.lastIndex = at
    space.lastIndex = at
    const start = at + (space.exec(text)?.[0].length ?? 0)
    const [whole, mark, string] = token.exec(text) ?? []
    const kind = mark ?? (string === undefined ? 'w' : '"')
    if (whole === undefined || !allowed.includes(kind)) return start
    at += whole.length
    if (kind === '{' || kind === '[') closers.push(kind === '{' ? '}' : ']')
    if (kind === '}' || kind === ']') closers.pop()
    const isInObject = closers.at(-1) === '}'
    if (kind === '{') allowed = '"}'
    else if (kind === '[') allowed = `${value}]`
    else if (kind === ':') allowed = value
    else if (kind === ',') allowed = isInObject ? '"' : value
    else if (kind === '"' && isInObject && !allowed.includes('w')) allowed = ':'
    else allowed = closers.length === 0 ? '' : `,${closers.at(-1)}`
  }
}
