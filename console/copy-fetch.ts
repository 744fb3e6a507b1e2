import { restRequest, UnfitRequest } from '../src/console/rest-request.js'
import type { RouteView } from '../src/console/trial-views.js'
import { type Composed, headersOf, targetOf } from './composed.js'
import { text } from './copy-typescript.js'

type Filled = ReturnType<typeof restRequest>

/** The request of a route as a program, for callers that have neither polywire nor the class. Bytes are those of a file. */
export function fetchOf(composed: Composed, route: RouteView): string {
  let filled: Filled
  try {
    filled = restRequest(route, composed.form, composed.value)
  } catch (error) {
    if (error instanceof UnfitRequest) return `// ${error.message}`
    throw error
  }
  const { timeout } = composed
  const isUpload = filled.body !== undefined && 'base64' in filled.body.content
  const headers = headersWithType(composed, filled)
  const options = [
    ...(filled.verb === 'GET' ? [] : [`method: ${text(filled.verb)}`]),
    ...(headers.length === 0 ? [] : [`headers: ${JSON.stringify(Object.fromEntries(headers))}`]),
    ...bodyOf(filled, route),
    ...(timeout === '' ? [] : [`signal: AbortSignal.timeout(${millisecondsOf(timeout)})`]),
  ]
  const url = text(`${targetOf(composed)}${filled.target}`)
  const isFile = route.gives !== null
  const isStream = /^(server|bidi)_streaming$/.test(composed.form.kind)
  return [
    ...(isUpload ? [`import { openAsBlob } from 'node:fs'`] : []),
    ...(isFile ? [`import { writeFile } from 'node:fs/promises'`] : []),
    ...(isUpload || isFile ? [''] : []),
    options.length === 0
      ? `const response = await fetch(${url})`
      : `const response = await fetch(${url}, {\n${options.map(one => `  ${one},\n`).join('')}})`,
    ...replyOf(isFile, isStream),
  ].join('\n')
}

function headersWithType(composed: Composed, { body }: Filled): readonly (readonly [string, string])[] {
  const headers = headersOf(composed)
  const isTyped = body === undefined || headers.some(([name]) => name.toLowerCase() === 'content-type')
  return isTyped ? headers : [['content-type', body.type ?? 'TYPE'], ...headers]
}

function bodyOf({ body }: Filled, { isForm }: RouteView): string[] {
  if (body === undefined) return []
  if ('base64' in body.content) return [`body: await openAsBlob('FILE')`]
  if (isForm) return [`body: ${text(body.content.text)}`]
  const json = JSON.stringify(JSON.parse(body.content.text), null, 2)
  return [`body: JSON.stringify(${json.replaceAll('\n', '\n  ')})`]
}

function replyOf(isFile: boolean, isStream: boolean): string[] {
  if (isFile) return [`await writeFile('FILE', new Uint8Array(await response.arrayBuffer()))`]
  if (!isStream) return ['console.log(response.status, await response.text())']
  return ['for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) console.log(chunk)']
}

/** Milliseconds, or the text itself where it is not a duration. */
function millisecondsOf(timeout: string): string {
  const [, count, unit = 'ms'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min)?$/.exec(timeout) ?? []
  if (count === undefined) return text(timeout)
  return String(Number(count) * (unit === 'ms' ? 1 : unit === 's' ? 1000 : 60_000))
}
