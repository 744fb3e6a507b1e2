import { readFile } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { isObject } from '../../codecs/values/fault.js'
import { isOverflow } from '../nesting.js'
import { MissingTool, Refusal } from '../refusal.js'

/**
 * The protocol of a .avdl with the types of the files that it imports, as avsc reads it.
 * @throws Refusal for a file that is not valid, or if avsc is missing
 */
export async function assembled(path: string): Promise<unknown> {
  const { assembleProtocol, withLateLines } = avsc(path)
  const root = resolve(path)
  const shown = (file: string) => (file === root ? path : relative('.', file))
  const known = new Set<string>()
  const importHook: ImportHook = (name, _kind, done) => {
    const file = resolve(name)
    // To avsc no text means that the file was read before. So imports may be circular.
    if (known.has(file)) return process.nextTick(done, null)
    known.add(file)
    readFile(file, 'utf8', (error, text) => {
      if (error === null || file === root) return withLateLines(() => done(error, text))
      const construct = `import "${relative(dirname(root), file)}"`
      done(new Refusal(path, construct, `it cannot be read: ${error.code}`))
    })
  }
  return new Promise((done, failed) => {
    // By default avsc takes every void message without errors for one-way, which Avro's specification does not.
    assembleProtocol(root, { ackVoidMessages: true, importHook }, (error, found) => {
      if (error === null) return done(found)
      if (error instanceof Refusal || error.syscall !== undefined) return failed(error)
      failed(new Refusal(placeOf(error, shown(error.path ?? root)), 'avsc', reasonOf(error)))
    })
  })
}

type ImportHook = (name: string, kind: string, done: (error: AvscError | null, text?: string) => void) => void

/** Of the file system, of JSON or of avsc's parser, whose line and column are those of `path`. */
type AvscError = Error & {
  readonly path?: string | undefined
  readonly syscall?: string | undefined
  readonly lineNum?: number
  readonly colNum?: number
}

interface Avsc {
  assembleProtocol(
    path: string,
    options: { readonly ackVoidMessages: boolean; readonly importHook: ImportHook },
    done: (error: AvscError | null, found?: object) => void,
  ): void
}

function placeOf({ lineNum, colNum }: AvscError, path: string): string {
  return lineNum === undefined ? path : `${path}:${lineNum}:${colNum}`
}

function reasonOf(error: AvscError): string {
  if (!isOverflow(error)) return error.message
  return 'its types are nested too deeply, or thousands of comments follow each other'
}

function avsc(path: string): Avsc & { readonly withLateLines: (read: () => void) => void } {
  const require = createRequire(resolve('polywire'))
  try {
    const { assembleProtocol } = require('avsc') as Avsc
    return { assembleProtocol, withLateLines: lateLines(require) }
  } catch {
    throw new MissingTool(path, 'a .avdl', 'avsc reads it, and it is not installed; npm install --save-dev avsc')
  }
}

interface Tokenizer {
  readonly _str: string
  error(reason: string, context: number | { readonly pos: number }): AvscError
}

/**
 * avsc's tokenizer looks ahead by making an error and catching it, and each error counts the lines before it: the time is the square of the
 * size, minutes for 10,000 records. While `read` runs, its errors count their lines when they are asked for them. If avsc is another version
 * that has no such tokenizer, it stays as it is.
 */
function lateLines(require: NodeJS.Require): (read: () => void) => void {
  const prototype = tokenizerOf(require)
  if (prototype === undefined) return read => read()
  return read => {
    const { error } = prototype
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
    try {
      read()
    } finally {
      prototype.error = error
    }
  }
}

function tokenizerOf(require: NodeJS.Require): Tokenizer | undefined {
  try {
    const { Tokenizer } = require('avsc/lib/specs') as { readonly Tokenizer?: { readonly prototype?: unknown } }
    const prototype = Tokenizer?.prototype
    return isObject(prototype) && typeof prototype.error === 'function'
      ? (prototype as unknown as Tokenizer)
      : undefined
  } catch {
    return undefined
  }
}
