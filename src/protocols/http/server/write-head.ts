import type { ServerResponse } from 'node:http'

/**
 * Begins a response.
 * @param head names and values in turn; a name may occur several times
 */
export function writeHead(response: ServerResponse, status: number, head: readonly string[]): void {
  if (response.getHeaderNames().length === 0) {
    response.writeHead(status, head as string[])
    return
  }
  // A middleware or the CORS rules have set headers. They stay unless `head` has the same name. With `writeHead` Node would keep only the
  // last of a repeated name.
  const seen = new Set<string>()
  for (let i = 0; i + 1 < head.length; i += 2) {
    const name = head[i] as string
    if (seen.has(name) || name === 'vary') response.appendHeader(name, head[i + 1] as string)
    else response.setHeader(name, head[i + 1] as string)
    seen.add(name)
  }
  if (forPages.has(response)) response.setHeader('access-control-expose-headers', exposed(seen))
  // The middleware may have set the text of another status.
  response.statusMessage = ''
  response.writeHead(status)
}

/** Responses to pages of other origins. A browser gives such a page only the headers that the response names. */
const forPages = new WeakSet<ServerResponse>()

/**
 * Lets the page that called read every header of the call, such as `trailer-...` and `grpc-status`. Call it after another header was set.
 */
export function exposeHeaders(response: ServerResponse): void {
  forPages.add(response)
}

function exposed(names: ReadonlySet<string>): string {
  return [...names].filter(name => name !== 'connection' && name !== 'content-length').join(', ')
}
