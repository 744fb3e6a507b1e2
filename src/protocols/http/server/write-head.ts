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
  // A middleware before us has set headers: what it set stays unless we set the same, and Node would let the last of a repeated name win.
  const seen = new Set<string>()
  for (let i = 0; i + 1 < head.length; i += 2) {
    const name = head[i] as string
    if (seen.has(name)) response.appendHeader(name, head[i + 1] as string)
    else response.setHeader(name, head[i + 1] as string)
    seen.add(name)
  }
  // Its status may have set a text that fits ours no more.
  response.statusMessage = ''
  response.writeHead(status)
}
