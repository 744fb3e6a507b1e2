import { isObject } from '../../codecs/values/fault.js'

/** Of the file system, of JSON or of avsc's parser, whose line and column are those of `path`. */
export type AvscError = Error & {
  readonly path?: string | undefined
  readonly syscall?: string | undefined
  readonly lineNum?: number
  readonly colNum?: number
}

interface Tokenizer {
  readonly _str: string
  pos: number
  error(reason: string, context: number | { readonly pos: number }): AvscError
  _skip(emitJavadoc: boolean | undefined): string | undefined
}

/**
 * What runs a function while avsc's tokenizer is mended. It looks ahead by making an error and catching it, and each error counts the lines
 * before it: the time is the square of the size, minutes for 10,000 records. And each comment calls the next one, so that thousands in a row
 * overflow the stack. While the function runs, errors count their lines when they are asked for them, and comments are skipped in a loop. If
 * avsc is another version that has no such tokenizer, it stays as it is.
 */
export function mendedBy(require: NodeJS.Require): (read: () => void) => void {
  const prototype = tokenizerOf(require)
  if (prototype === undefined) return read => read()
  return read => {
    const { error, _skip: skip } = prototype
    prototype.error = function (reason, context) {
      const at = typeof context === 'number' ? context : context.pos
      const made = new Error(
        typeof context === 'number' ? reason : `invalid token ${JSON.stringify(context)}: ${reason}`,
      )
      const place = () => error.call(this, reason, at)
      return Object.defineProperties(made, {
        lineNum: { get: () => place().lineNum },
        colNum: { get: () => place().colNum },
      })
    }
    prototype._skip = function (emitJavadoc) {
      this.pos = behindComments(this._str, this.pos, emitJavadoc === true)
      return skip.call(this, emitJavadoc)
    }
    try {
      read()
    } finally {
      Object.assign(prototype, { error, _skip: skip })
    }
  }
}

/**
 * The place behind the comments that begin here, or that of the last description among them: the one that Avro's own tools take. A comment
 * without an end is left to avsc, which refuses it.
 */
function behindComments(text: string, start: number, findsDescription: boolean): number {
  const comment = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y
  comment.lastIndex = start
  let end = start
  let description: number | undefined
  while (comment.test(text)) {
    if (findsDescription && /^\/\*\*(?!\/)/.test(text.slice(end, end + 4))) description = end
    end = comment.lastIndex
  }
  return description ?? end
}

function tokenizerOf(require: NodeJS.Require): Tokenizer | undefined {
  try {
    const { Tokenizer } = require('avsc/lib/specs') as { readonly Tokenizer?: { readonly prototype?: unknown } }
    const prototype = Tokenizer?.prototype
    return isObject(prototype) && typeof prototype.error === 'function' && typeof prototype._skip === 'function'
      ? (prototype as unknown as Tokenizer)
      : undefined
  } catch {
    return undefined
  }
}
