import { readFile } from 'node:fs/promises'

/** A request, written for curl and sent with fetch. */
export interface RestRequest {
  readonly verb: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  /** The path of a file in this folder, which is the body. */
  readonly file?: string
}

/** The folder of the sources: the compiled program is in `build`. */
const folder = new URL('../../../samples/rest/', import.meta.url)

export function curlOf(base: string, { verb, path, headers = {}, json, file }: RestRequest): string {
  const parts = [
    'curl -i',
    ...(verb === 'PUT' ? ['-X PUT'] : []),
    ...Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`),
    ...(json === undefined ? [] : [`-d '${JSON.stringify(json)}'`]),
    ...(file === undefined ? [] : [`--data-binary @samples/rest/${file}`]),
    `'${base}${path}'`,
  ]
  return parts.join(' ')
}

export async function send(base: string, { verb, path, headers = {}, json, file }: RestRequest): Promise<Response> {
  const body =
    json !== undefined ? JSON.stringify(json) : file !== undefined ? await readFile(new URL(file, folder)) : null
  return fetch(base + path, { method: verb, headers, body })
}
