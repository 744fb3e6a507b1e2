import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject } from '../../codecs/values/fault.js'
import { MissingTool, Refusal } from '../refusal.js'
import { SourceText } from '../source-text.js'

/** An Avro protocol or schema as JSON. */
export interface AvroFile {
  readonly text: SourceText
  /** Of the result: `vault` of `idl/vault.avdl`. */
  readonly path: string
  readonly json: unknown
}

/** Reads .avpr and .avsc as JSON, and .avdl with avsc. @throws Refusal for text that is no JSON, or if avsc is missing */
export async function compileAvro(paths: readonly string[]): Promise<AvroFile[]> {
  return Promise.all(
    paths.map(async path => {
      const text = await readFile(path, 'utf8')
      const json = extname(path) === '.avdl' ? await assembled(path) : parsed(path, text)
      return { text: new SourceText(path, text), path: basename(path, extname(path)), json }
    }),
  )
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Refusal(path, 'its JSON', (error as Error).message)
  }
}

interface Avsc {
  assembleProtocol(path: string, options: object, done: (error: AvscError | null, found?: object) => void): void
}

type AvscError = Error & { readonly lineNum?: number; readonly colNum?: number }

async function assembled(path: string): Promise<unknown> {
  const { assembleProtocol } = await avsc(path)
  return new Promise((done, failed) => {
    // By default avsc takes every void message without errors for one-way, which Avro's specification does not.
    assembleProtocol(resolve(path), { ackVoidMessages: true }, (error, found) => {
      if (error === null) return done(withAnnotations(JSON.parse(JSON.stringify(found), timeOfInt)))
      const place = error.lineNum === undefined ? path : `${path}:${error.lineNum}:${error.colNum}`
      failed(new Refusal(place, 'avsc', error.message))
    })
  })
}

/** avsc takes the annotations of a message for those of its reply, which stands behind them. */
function withAnnotations(protocol: unknown): unknown {
  if (!isObject(protocol) || !isObject(protocol.messages)) return protocol
  const messages = Object.entries(protocol.messages).map(([name, message]) => [name, annotated(message)])
  return { ...protocol, messages: Object.fromEntries(messages) as unknown }
}

function annotated(message: unknown): unknown {
  if (!isObject(message) || !isObject(message.response) || Array.isArray(message.response)) return message
  const entries = Object.entries(message.response)
  const type = entries.filter(([word]) => wordsOfTypes.has(word))
  const annotations = entries.filter(([word]) => !wordsOfTypes.has(word))
  const response: unknown = type.length === 1 ? message.response.type : Object.fromEntries(type)
  return { ...Object.fromEntries(annotations), ...message, response }
}

/** What a reply says of its type. */
const wordsOfTypes = new Set(['type', 'items', 'values', 'logicalType', 'precision', 'scale', 'unsigned'])

/** avsc reads `time_ms` as a long, where Avro's specification has an int. */
function timeOfInt(_name: string, value: unknown): unknown {
  const isLong = isObject(value) && value.type === 'long' && value.logicalType === 'time-millis'
  return isLong ? { ...value, type: 'int' } : value
}

async function avsc(path: string): Promise<Avsc> {
  try {
    const entry = createRequire(resolve('polywire')).resolve('avsc')
    return ((await import(pathToFileURL(entry).href)) as { default: Avsc }).default
  } catch {
    throw new MissingTool(path, 'a .avdl', 'avsc reads it, and it is not installed; npm install --save-dev avsc')
  }
}
