import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { isObject } from '../../codecs/values/fault.js'
import { checkNesting } from '../nesting.js'
import { parsedJson } from '../parsed-json.js'
import { SourceText } from '../source-text.js'
import { assembled } from './avsc.js'

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
      const json = extname(path) === '.avdl' ? asSpecified(path, await assembled(path)) : parsed(path, text)
      return { text: new SourceText(path, text), path: basename(path, extname(path)), json }
    }),
  )
}

function parsed(path: string, text: string): unknown {
  const json = parsedJson(path, text)
  checkNesting(json, path)
  return json
}

/** A protocol as avsc reads it, where that differs from Avro's specification. */
function asSpecified(path: string, protocol: unknown): unknown {
  checkNesting(protocol, path)
  return withAnnotations(JSON.parse(JSON.stringify(protocol)))
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
