import { readFile } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { installed } from '../installed.js'
import { isOverflow } from '../nesting.js'
import { MissingTool, Refusal } from '../refusal.js'
import { type AvscError, mendedBy } from './avsc-tokenizer.js'

/**
 * The protocol of a .avdl with the types of the files that it imports, as avsc reads it.
 * @throws Refusal for a file that is not valid, or if avsc is missing
 */
export async function assembled(path: string): Promise<unknown> {
  const { assembleProtocol, mended } = avsc(path)
  const root = resolve(path)
  const shown = (file: string) => (file === root ? path : relative('.', file))
  const known = new Set<string>()
  const importHook: ImportHook = (name, _kind, done) => {
    const file = resolve(name)
    // To avsc no text means that the file was read before. So imports may be circular.
    if (known.has(file)) return process.nextTick(done, null)
    known.add(file)
    readFile(file, 'utf8', (error, text) => {
      const lost = error === null ? protoAnnotation(text) : undefined
      if (lost !== undefined)
        return done(new Refusal(`${shown(file)}:${lost}`, '@__proto__', `avsc cannot read it; ${otherName}`))
      if (error === null || file === root) return mended(() => done(error, text))
      const construct = `import "${relative(dirname(root), file)}"`
      done(new Refusal(path, construct, `it cannot be read: ${error.code}`))
    })
  }
  return new Promise((done, failed) => {
    // By default avsc takes every void message without errors for one-way, which Avro's specification does not.
    assembleProtocol(root, { ackVoidMessages: true, importHook, typeRefs }, (error, found) => {
      if (error === null) return done(found)
      if (error instanceof Refusal || error.syscall !== undefined) return failed(error)
      failed(new Refusal(placeOf(error, shown(error.path ?? root)), 'avsc', reasonOf(error)))
    })
  })
}

const otherName = "rename it, or import the .avpr that Avro's own tools make of the file"

/**
 * The line of an annotation named `__proto__`, which avsc takes for the prototype of its object and so loses without a word. Not one in a
 * comment or a text.
 */
function protoAnnotation(text: string): number | undefined {
  for (const { 0: piece, index } of text.matchAll(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|@\s*`?__proto__(?![\w-])/g,
  ))
    if (piece.startsWith('@')) return text.slice(0, index).split('\n').length
  return undefined
}

/** Types with a word of their own, which avsc would look up in an object that has a `toString` too. */
const typeRefs: object = Object.assign(Object.create(null) as object, {
  date: { type: 'int', logicalType: 'date' },
  decimal: { type: 'bytes', logicalType: 'decimal' },
  time_ms: { type: 'int', logicalType: 'time-millis' },
  timestamp_ms: { type: 'long', logicalType: 'timestamp-millis' },
})

type ImportHook = (name: string, kind: string, done: (error: AvscError | null, text?: string) => void) => void

interface Avsc {
  assembleProtocol(
    path: string,
    options: { readonly ackVoidMessages: boolean; readonly importHook: ImportHook; readonly typeRefs: object },
    done: (error: AvscError | null, found?: object) => void,
  ): void
}

function placeOf({ lineNum, colNum }: AvscError, path: string): string {
  return lineNum === undefined ? path : `${path}:${lineNum}:${colNum}`
}

function reasonOf(error: AvscError): string {
  if (isOverflow(error)) return 'its types are nested too deeply'
  const [, name = ''] = /^duplicate message: (.*)$/.exec(error.message) ?? []
  // It takes what every object inherits for a message that it has read.
  if (!(name in Object.prototype)) return error.message
  return `it cannot read a message called ${name}; ${otherName}`
}

function avsc(path: string): Avsc & { readonly mended: (read: () => void) => void } {
  const entry = installed('avsc', path)
  if (entry === undefined)
    throw new MissingTool(path, 'a .avdl', 'avsc reads it, and it is not installed; npm install --save-dev avsc')
  const require = createRequire(entry)
  const { assembleProtocol } = require(entry) as Avsc
  return { assembleProtocol, mended: mendedBy(require) }
}
