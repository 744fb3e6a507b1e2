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
  // A middleware has set headers. They stay unless `head` has the same name. With `writeHead` Node would keep only the last of a repeated
  // name.
  const seen = new Set<string>()
  for (let i = 0; i + 1 < head.length; i += 2) {
    const name = head[i] as string
    if (seen.has(name)) response.appendHeader(name, head[i + 1] as string)
    else response.setHeader(name, head[i + 1] as string)
    seen.add(name)
  }
  // The middleware may have set the text of another status.
  response.statusMessage = ''
  response.writeHead(status)
}
