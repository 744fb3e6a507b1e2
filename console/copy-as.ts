import { restRequest, UnfitRequest } from '../src/console/rest-request.js'
import type { RouteView } from '../src/console/trial-views.js'
import { type Composed, headersOf, targetOf } from './composed.js'
import { fetchOf } from './copy-fetch.js'
import { typeScript } from './copy-typescript.js'
import { type Json, masked } from './value.js'

export type CopyForm = 'curl' | 'polywire' | 'TypeScript'

/** The call as text for elsewhere. A sensitive value is `$NAME`. */
export function copyAs(how: CopyForm, composed: Composed): string {
  const { form, value } = composed
  const shown = masked(
    value,
    form.input,
    form.types,
    name => `$${name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()}`,
  )
  if (how === 'curl')
    return composed.route === undefined ? curl(composed, shown) : curlOfRoute(composed, composed.route, shown)
  if (how === 'polywire') return polywire(composed, shown)
  const filled = { ...composed, value: shown }
  return composed.route === undefined ? typeScript(filled) : fetchOf(filled, composed.route)
}

function curl({ form, wire, codec, headers, timeout }: Composed, value: Json): string {
  const http = form.wires.find(({ name }) => name === 'http' || name === 'https')
  const seconds = secondsOf(timeout)
  const options = [
    ...(seconds === undefined ? [] : [`--max-time ${seconds}`]),
    ...['content-type: application/json', ...headers.map(pair => pair.join(': '))].map(one => `-H ${quoted(one)}`),
  ]
  if (http !== undefined && form.kind === 'unary')
    return `curl ${[...options, `-d ${quoted(JSON.stringify(value))}`, `${http.target}/${form.name}`].join(' \\\n  ')}`
  // Streams, and other wires, go by the console itself.
  const body = {
    method: form.name,
    side: form.side,
    ...(form.side === 'served' && wire !== '' && { wire }),
    ...(codec !== '' && { codec }),
    messages: [value],
  }
  const url = new URL('api/call', location.href.replace(/#.*/s, '')).href
  return `curl -N ${[...options, `-d ${quoted(JSON.stringify(body))}`, url].join(' \\\n  ')}`
}

/** The request itself. Bytes are those of a file. */
function curlOfRoute(composed: Composed, route: RouteView, value: Json): string {
  const { form, timeout } = composed
  const seconds = secondsOf(timeout)
  const sends = form.kind === 'client_streaming' || form.kind === 'bidi_streaming'
  let filled: ReturnType<typeof restRequest>
  try {
    filled = restRequest(route, form, value)
  } catch (error) {
    if (error instanceof UnfitRequest) return `# ${error.message}`
    throw error
  }
  const { verb, target, body } = filled
  const headers = headersOf(composed)
  const isTyped = headers.some(([name]) => name.toLowerCase() === 'content-type')
  const type = body === undefined || isTyped ? [] : [['content-type', body.type ?? 'TYPE']]
  const sent =
    body === undefined
      ? []
      : 'text' in body.content
        ? [`-d ${quoted(body.content.text)}`]
        : [sends ? '-T FILE' : '--data-binary @FILE']
  const implied = body === undefined ? 'GET' : 'text' in body.content || !sends ? 'POST' : 'PUT'
  const parts = [
    ...(verb === implied ? [] : [`-X ${verb}`]),
    ...(form.kind === 'unary' ? [] : ['-N']),
    ...(seconds === undefined ? [] : [`--max-time ${seconds}`]),
    ...[...type, ...headers].map(pair => `-H ${quoted(pair.join(': '))}`),
    ...sent,
    ...(route.gives === null ? [] : ['-o FILE']),
    quoted(`${targetOf(composed)}${target}`),
  ]
  return `curl ${parts.join(' \\\n  ')}`
}

function polywire(composed: Composed, value: Json): string {
  const { form, timeout, headers } = composed
  const target = targetOf(composed)
  const options = [
    ...(timeout === '' ? [] : [`--timeout ${timeout}`]),
    ...headers.map(pair => `-H ${quoted(pair.join(': '))}`),
    // The other wires cannot describe themselves.
    ...(form.reflects && /^(grpc|http)/.test(target) ? [] : ['--contract FILE']),
  ]
  return ['polywire call', quoted(target), form.name, ...options, quoted(JSON.stringify(value))].join(' ')
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
