import type { TrialForm } from '../src/console/views.js'
import { type Json, masked } from './value.js'

export type CopyForm = 'curl' | 'polywire' | 'TypeScript'

export interface Composed {
  readonly form: TrialForm
  readonly wire: string
  readonly codec: string
  readonly timeout: string
  readonly headers: readonly (readonly [string, string])[]
  readonly value: Json
}

/** The call as text for elsewhere. A sensitive value is `$NAME`. */
export function copyAs(how: CopyForm, composed: Composed): string {
  const { form, value } = composed
  const shown = masked(
    value,
    form.input,
    form.types,
    name => `$${name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()}`,
  )
  if (how === 'curl') return curl(composed, shown)
  return how === 'polywire' ? polywire(composed, shown) : typeScript(composed, shown)
}

function curl({ form, headers, timeout }: Composed, value: Json): string {
  const http = form.wires.find(({ name }) => name === 'http' || name === 'https')
  const seconds = secondsOf(timeout)
  const options = [
    ...(seconds === undefined ? [] : [`--max-time ${seconds}`]),
    ...['content-type: application/json', ...headers.map(pair => pair.join(': '))].map(one => `-H ${quoted(one)}`),
  ]
  if (http !== undefined && form.kind === 'unary')
    return `curl ${[...options, `-d ${quoted(JSON.stringify(value))}`, `${http.target}/${form.name}`].join(' \\\n  ')}`
  // Streams, and other wires, go by the console itself.
  const body = { method: form.name, side: form.side, messages: [value] }
  const url = new URL('api/call', location.href.replace(/#.*/s, '')).href
  return `curl -N ${[...options, `-d ${quoted(JSON.stringify(body))}`, url].join(' \\\n  ')}`
}

function polywire({ form, wire, codec, timeout, headers }: Composed, value: Json): string {
  const target = targetOf(form, wire, codec)
  const options = [
    ...(timeout === '' ? [] : [`--timeout ${timeout}`]),
    ...headers.map(pair => `-H ${quoted(pair.join(': '))}`),
  ]
  return ['polywire call', quoted(target), form.name, ...options, quoted(JSON.stringify(value))].join(' ')
}

function typeScript({ form, wire, codec, timeout, headers }: Composed, value: Json): string {
  const remote = form.className.charAt(0).toLowerCase() + form.className.slice(1)
  const options = [
    ...(timeout === '' ? [] : [`timeout: '${timeout}'`]),
    ...(headers.length === 0 ? [] : [`headers: ${JSON.stringify(Object.fromEntries(headers))}`]),
  ]
  const client = options.length === 0 ? remote : `withCall(${remote}, { ${options.join(', ')} })`
  const literal = (one: unknown) => JSON.stringify(one, undefined, 2).replace(/"([A-Za-z_$][\w$]*)":/g, '$1:')
  const args = form.positional ? Object.values(value).map(literal).join(', ') : literal(value)
  const streamsIn = form.kind === 'client_streaming' || form.kind === 'bidi_streaming'
  const streamsOut = form.kind === 'server_streaming' || form.kind === 'bidi_streaming'
  const given = streamsIn ? `(async function* () {\n  yield ${args}\n})()` : args
  const call = `${client}.${form.key}(${given})`
  const used = streamsOut ? `for await (const reply of ${call}) console.log(reply)` : `const reply = await ${call}`
  return `const ${remote} = connect(${form.className}, '${targetOf(form, wire, codec)}')\n${used}`
}

function targetOf({ wires }: TrialForm, wire: string, codec: string): string {
  const chosen = wires.find(({ name }) => name === wire) ?? wires[0]
  if (chosen === undefined) return ''
  return codec === '' || codec === chosen.codecs[0] ? chosen.target : `${chosen.target}?codec=${codec}`
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./:@=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** Undefined if it is not a duration in ms, s or min. */
function secondsOf(timeout: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min)?$/.exec(timeout)
  if (match === null) return undefined
  const unit = match[2] ?? 'ms'
  return Number(match[1]) * (unit === 'ms' ? 0.001 : unit === 's' ? 1 : 60)
}
