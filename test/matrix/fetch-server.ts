import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'

type FetchHandler = (request: Request) => Promise<Response>

/** Serves a function from `Request` to `Response`, as runtimes do that are not Node. */
export function fetchServer(handler: FetchHandler, tls?: { readonly cert: string; readonly key: string }) {
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    void answer(handler, incoming, outgoing).catch(() => outgoing.destroy())
  return tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
}

async function answer(handler: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const leaving = new AbortController()
  outgoing.once('close', () => leaving.abort())
  const headers = new Headers()
  const { method = '', rawHeaders, url = '' } = incoming
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string)
  const body = method === 'GET' ? {} : { body: bodyOf(incoming, outgoing), duplex: 'half' as const }
  const request = new Request(`http://fetch.test${url}`, { method, headers, signal: leaving.signal, ...body })
  const response = await handler(request)
  outgoing.writeHead(response.status, [...response.headers].flat())
  outgoing.flushHeaders()
  if (response.body === null) outgoing.end()
  else await pipeline(Readable.fromWeb(response.body as NodeReadableStream), outgoing)
}

/** The body, as fast as it is read. What nobody has read when the response has ended is dropped, so that the connection can go on. */
function bodyOf(incoming: IncomingMessage, outgoing: ServerResponse): ReadableStream<Uint8Array> {
  let drop = () => {}
  outgoing.once('close', () => drop())
  return new ReadableStream({
    start(controller) {
      const enqueue = (chunk: Buffer) => {
        controller.enqueue(new Uint8Array(chunk))
        incoming.pause()
      }
      const close = () => controller.close()
      const fail = () => controller.error(new Error('the client has left'))
      incoming.on('data', enqueue).once('end', close).once('error', fail).pause()
      drop = () => {
        incoming.off('data', enqueue).off('end', close).off('error', fail)
        incoming.on('error', () => {}).resume()
      }
    },
    pull: () => void incoming.resume(),
    cancel: () => drop(),
  })
}
