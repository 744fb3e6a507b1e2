import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerSettings } from '../protocols/protocol.js'

/** A page beside RPC. */
export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** Makes a page for a request. */
export type PageMaker = (request: IncomingMessage) => Page | Promise<Page>

type Fallback = NonNullable<ServerSettings['fallback']>

/** Serves pages, by their path, before what serves the other requests. */
export function withPages(pages: ReadonlyMap<string, PageMaker>, next: Fallback): Fallback {
  if (pages.size === 0) return next
  return (request, response) => {
    const make = pages.get(pathOf(request))
    return make !== undefined && isRead(request.method) ? send(make, request, response) : next(request, response)
  }
}

async function send(make: PageMaker, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let page: Page
  try {
    page = await make(request)
  } catch {
    page = textPage(500, 'the page could not be made')
  }
  if (response.destroyed) return
  response.statusCode = page.status
  response.setHeader('content-type', page.contentType)
  response.setHeader('content-length', Buffer.byteLength(page.body))
  response.setHeader('cache-control', 'no-store')
  response.end(request.method === 'HEAD' ? undefined : page.body)
}

export function textPage(status: number, body: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n` }
}

export function isRead(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD'
}

function pathOf({ url = '' }: IncomingMessage): string {
  const at = url.indexOf('?')
  return at < 0 ? url : url.slice(0, at)
}
