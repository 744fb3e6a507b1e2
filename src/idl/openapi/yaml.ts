import { tooDeep } from '../nesting.js'
import { Refusal } from '../refusal.js'

/** The part of `yaml` that is used. */
export interface YamlLibrary {
  readonly parse: (text: string, options: YamlOptions) => unknown
  readonly Lexer: new () => { lex(text: string): Iterable<string> }
}

interface YamlOptions {
  readonly logLevel: 'error'
  readonly prettyErrors: false
}

/** How deep collections of the flow style, or entries within one line, may be nested. The library goes down by recursion. */
const deepest = 500

/** @throws Refusal with the place of what is wrong */
export function parseYaml({ parse, Lexer }: YamlLibrary, path: string, text: string): unknown {
  checkNesting(new Lexer().lex(text), path)
  try {
    // Pretty errors make every one of a million faults print its line.
    return parse(text, { logLevel: 'error', prettyErrors: false })
  } catch (error) {
    const { message, pos } = error as Error & { readonly pos?: readonly [start: number, end: number] }
    if (/call stack/.test(message)) throw tooDeep(path)
    const place = pos === undefined ? path : `${path}:${lineAndColumn(text, pos[0])}`
    throw new Refusal(place, 'its YAML', message.split('\n')[0] ?? '')
  }
}

/** Before the library parses, because it may end the process where it runs out of stack. */
function checkNesting(tokens: Iterable<string>, path: string): void {
  let depth = 0
  let entries = 0
  for (const token of tokens) {
    if (token === '[' || token === '{') depth++
    else if (token === ']' || token === '}') depth--
    else if (token === '-' || token === '?') entries++
    else if (token === ',' || token.startsWith('\n') || token.startsWith('\r')) entries = 0
    if (depth + entries > deepest) throw tooDeep(path)
  }
}

function lineAndColumn(text: string, at: number): string {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return `${line}:${at - before.lastIndexOf('\n')}`
}
