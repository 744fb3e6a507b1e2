import { endOfString } from '../../bytes/json-text.js'

/**
 * Turns what other Thrift libraries write into JSON. Apache's npm package writes integers with leading zeros (`-000000000001`) and bare
 * `NaN` and `Infinity`; its Python library writes bare `nan` and `inf`; both write control characters into strings as they are.
 *
 * Linear in the text. It is applied only to a text that JSON.parse has refused, so well-formed messages do not pay for it.
 */
export function repaired(text: string): string {
  let json = ''
  let at = 0
  while (at < text.length) {
    const quote = text.indexOf('"', at)
    const start = quote === -1 ? text.length : quote
    json += text.slice(at, start).replace(bareWord, repairedWord)
    at = quote === -1 ? start : endOfString(text, start) + 1
    json += text.slice(start, at).replace(control, escaped)
  }
  return json
}

const bareWord = /[\w.+-]+/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON wants these escaped
const control = /[\u0000-\u001f]/g
const leadingZeros = /^(-?)0+(?=\d)/
const bareNumbers: ReadonlyMap<string, string> = new Map([
  ['nan', '"NaN"'],
  ['NaN', '"NaN"'],
  ['inf', '"Infinity"'],
  ['Infinity', '"Infinity"'],
  ['-inf', '"-Infinity"'],
  ['-Infinity', '"-Infinity"'],
])

function repairedWord(word: string): string {
  return bareNumbers.get(word) ?? word.replace(leadingZeros, '$1')
}

const escapes = Array.from({ length: 32 }, (_, code) => `\\u${code.toString(16).padStart(4, '0')}`)

function escaped(control: string): string {
  return escapes[control.charCodeAt(0)] as string
}
