import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

const types: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'console.css': 'text/css; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
}

/** The folder stands beside this module, in `build` and in `dist` alike. */
const folder = new URL('./console-page/', import.meta.url)

interface PageFile {
  readonly type: string
  readonly plain: Buffer
  readonly zipped: Buffer
  readonly tag: string
}

/** The static files of the page. */
export class PageFiles {
  private readonly files: ReadonlyMap<string, PageFile>

  /** @throws Error if the files are not beside this module */
  constructor() {
    this.files = new Map(Object.entries(types).map(([name, type]) => [name, read(name, type)]))
  }

  /** @returns false if there is no such file */
  serve(name: string, { method, headers }: IncomingMessage, response: ServerResponse): boolean {
    const file = this.files.get(name === '' ? 'index.html' : name)
    if (file === undefined) return false
    const { type, plain, zipped, tag } = file
    response.setHeader('content-type', type)
    response.setHeader('cache-control', 'no-cache')
    response.setHeader('etag', tag)
    response.setHeader('vary', 'accept-encoding')
    if (headers['if-none-match'] === tag) {
      response.statusCode = 304
      response.end()
      return true
    }
    const takesGzip = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))
    if (takesGzip) response.setHeader('content-encoding', 'gzip')
    const body = takesGzip ? zipped : plain
    response.setHeader('content-length', body.byteLength)
    response.end(method === 'HEAD' ? undefined : body)
    return true
  }
}

function read(name: string, type: string): PageFile {
  let plain: Buffer
  try {
    plain = readFileSync(new URL(name, folder))
  } catch (cause) {
    throw new Error(
      `console: ${name} is not beside the code (${folder.pathname}); a bundler must leave polywire outside of the bundle`,
      { cause },
    )
  }
  const tag = `"${createHash('sha256').update(plain).digest('hex').slice(0, 16)}"`
  return { type, plain, zipped: gzipSync(plain, { level: 9 }), tag }
}
