import { jsonMistake } from '../config/parse-config.js'
import { CliError } from './cli-error.js'
import { markedAt, type Step } from './json-place.js'

/** A value, and where it stands in its text. */
export interface Located {
  readonly value: unknown
  readonly source: Found
  /** Within the text: the index of an element of an array. */
  readonly path: readonly Step[]
}

/**
 * The JSON values of a text that comes in pieces: JSON lines, concatenated values, or one array of them.
 * @throws CliError with line and column for text that is no JSON
 */
export async function* jsonValues(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncIterable<Located> {
  const decoder = new TextDecoder()
  const scanner = new Scanner()
  for await (const chunk of chunks) yield* values(scanner.add(decoder.decode(chunk, { stream: true })))
  yield* values(scanner.end())
}

function* values(texts: Iterable<Found>): Iterable<Located> {
  for (const source of texts) {
    const value = parsed(source)
    if (!Array.isArray(value)) yield { value, source, path: [] }
    else for (const [index, one] of value.entries()) yield { value: one, source, path: [index] }
  }
}

export interface Found {
  readonly text: string
  /** Where it begins, from 1. */
  readonly line: number
  readonly column: number
}

/** Finds where values end. What they are is for JSON.parse to say. */
class Scanner {
  private text = ''
  private depth = 0
  private isInText = false
  private isEscaped = false
  private line = 1
  private column = 1
  private start: { line: number; column: number } | undefined;

  *add(chunk: string): Iterable<Found> {
    for (const letter of chunk) {
      const isSpace = /\s/.test(letter)
      if (this.start === undefined && !isSpace) this.start = { line: this.line, column: this.column }
      // A bare value, such as a number, ends with white space.
      if (isSpace && this.depth === 0 && !this.isInText) yield* this.end()
      else if (this.start !== undefined) {
        this.text += letter
        if (this.step(letter)) yield* this.end()
      }
      if (letter === '\n') {
        this.line++
        this.column = 1
      } else this.column++
    }
  }

  *end(): Iterable<Found> {
    const { text, start } = this
    this.text = ''
    this.start = undefined
    this.depth = 0
    if (start !== undefined) yield { text, ...start }
  }

  /** @returns whether an object or an array ended */
  private step(letter: string): boolean {
    if (this.isInText) {
      if (this.isEscaped) this.isEscaped = false
      else if (letter === '\\') this.isEscaped = true
      else if (letter === '"') this.isInText = false
      return false
    }
    if (letter === '"') this.isInText = true
    if (letter === '{' || letter === '[') this.depth++
    if (letter !== '}' && letter !== ']') return false
    this.depth--
    return this.depth <= 0
  }
}

function parsed(source: Found): unknown {
  const { text } = source
  try {
    return JSON.parse(text)
  } catch {
    const { at, what } = jsonMistake(text)
    const { where, hint } = markedAt(text, at, source)
    throw new CliError(`request, ${where}: ${what}`, { hint })
  }
}
