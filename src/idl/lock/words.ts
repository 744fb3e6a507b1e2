import type { Refusal } from '../refusal.js'

const form = /"(?:[^"\\]|\\.)*"|->|[(),=[\]{}]|[^\s(),="[\]{}]+/g

/** A list or an object of JSON is one word. */
function wordsIn(line: string): string[] {
  const words: string[] = []
  let depth = 0
  let start = 0
  for (const { 0: word, index } of line.matchAll(form)) {
    const isOpening = word === '[' || word === '{'
    if (depth === 0) start = index
    if (isOpening) depth++
    else if (word === ']' || word === '}') depth--
    if (depth === 0) words.push(line.slice(start, index + word.length))
  }
  return words
}

/** The words of a line of a lock: names, numbers, JSON texts and signs. */
export class LineWords {
  private readonly words: readonly string[]
  private at = 0
  /** Whether the last name began with a dot: it has no package, and is not a scalar. */
  wasDotted = false

  constructor(
    line: string,
    /** @param why default: that it cannot be read */
    readonly refusal: (why?: string) => Refusal,
  ) {
    this.words = wordsIn(line)
  }

  get ended(): boolean {
    return this.at >= this.words.length
  }

  get isNumbered(): boolean {
    return isNumber(this.words[this.at])
  }

  /** Takes a comma if a name follows: before a number it separates arguments. */
  takesComma(): boolean {
    return !isNumber(this.words[this.at + 1]) && this.takes(',')
  }

  get isQuoted(): boolean {
    return this.words[this.at]?.startsWith('"') === true
  }

  /** Takes a word if it is the next one. */
  takes(word: string): boolean {
    if (this.words[this.at] !== word) return false
    this.at++
    return true
  }

  expect(word: string): void {
    if (!this.takes(word)) throw this.refusal()
  }

  end(): void {
    if (!this.ended) throw this.refusal()
  }

  /** The next word, without its quotes. */
  word(): string {
    const word = this.next()
    return word.startsWith('"') ? (this.parsed(word) as string) : word
  }

  /** A value of JSON. */
  json(): unknown {
    return this.parsed(this.next())
  }

  private parsed(word: string): unknown {
    try {
      return JSON.parse(word)
    } catch {
      throw this.refusal()
    }
  }

  number(): number {
    const number = Number(this.next())
    if (Number.isSafeInteger(number)) return number
    throw this.refusal()
  }

  /** A full name, without the dot that stands before one without a package. */
  name(): string {
    const word = this.word()
    this.wasDotted = word.startsWith('.')
    return this.wasDotted ? word.slice(1) : word
  }

  private next(): string {
    const word = this.words[this.at++]
    if (word === undefined) throw this.refusal()
    return word
  }
}

function isNumber(word = ''): boolean {
  return /^(?:-|-?\d+)$/.test(word)
}
