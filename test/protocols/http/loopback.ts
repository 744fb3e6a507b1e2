import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'
import { json } from '../../../src/codecs/json/codec.js'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { ActiveCall } from '../../../src/core/active-call.js'
import { Headers, type HeadersInit } from '../../../src/core/headers.js'
import { defaultLimits, type LimitOptions } from '../../../src/core/limits.js'
import { limitsOf } from '../../../src/core/read-limits.js'
import { systemClock } from '../../../src/core/timer-wheel.js'
import { serviceOf } from '../../../src/decorators/read-service.js'
import { http } from '../../../src/protocols/http/protocol.js'
import type { ClientSettings, Link, ServerSettings } from '../../../src/protocols/protocol.js'
import type { MethodSchema } from '../../../src/schema/service.js'
import { ServiceRouter } from '../../../src/server/router.js'
import { Hello, HelloService } from '../../fixtures/hello.js'

export interface LoopbackOptions {
  readonly limits?: LimitOptions
  readonly fallback?: ServerSettings['fallback']
  readonly client?: Partial<ClientSettings>
}

/** The protocol's server on a port of this machine, without the listener and the channel above it. It closes with the test. */
export async function serveHello(t: ExecutionContext, options: LoopbackOptions = {}) {
  const service = new HelloService()
  const reports: unknown[] = []
  const report = (error: unknown) => void reports.push(error)
  const router = new ServiceRouter([service], { clock: systemClock, report, policies: [] })
  const codecs = new Map([json, protobuf].map(codec => [codec.name, codec]))
  const limits = limitsOf(options.limits, 'serve')
  const binding = http.serve(router, { limits, clock: systemClock, codecs, report, fallback: options.fallback })
  const sockets = new Set<Socket>()
  const listener = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    binding.accept(socket, new Uint8Array(0))
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  t.teardown(() => {
    listener.close()
    binding.destroy()
  })
  return {
    service,
    reports,
    router,
    binding,
    port,
    origin: `http://127.0.0.1:${port}`,
    listener,
    /** Breaks every connection there is. */
    disconnect: () => {
      for (const socket of sockets) socket.destroy()
    },
    /** A link to this server. */
    dial: () => dial(t, port, options),
  }
}

export type Loopback = Awaited<ReturnType<typeof serveHello>>

/** A link that closes with the test. */
export async function dial(t: ExecutionContext, port: number, { client }: LoopbackOptions = {}): Promise<Link> {
  const settings = { codec: json, limits: defaultLimits, clock: systemClock, connectTimeout: 2000, ...client }
  const dialer = http.bind([serviceOf(Hello)], settings)
  const link = await dialer.dial({ address: `127.0.0.1:${port}` }, new AbortController().signal)
  t.teardown(() => link.close())
  return link
}

export interface CallOptions {
  readonly headers?: HeadersInit
  /** Milliseconds; default: a minute, told to the server and not armed here. */
  readonly timeout?: number
}

/** A call as the proxy would make it. */
export function callOf(key: keyof Hello, message: unknown, options: CallOptions = {}): ActiveCall {
  const method = serviceOf(Hello).methods.find(one => one.key === key) as MethodSchema
  const deadline = systemClock.now() + (options.timeout ?? 60_000)
  const headers = options.headers === undefined ? undefined : new Headers(options.headers)
  const call = new ActiveCall({ method, message, clock: systemClock, deadline, headers })
  if (options.timeout !== undefined) call.arm()
  return call
}

/** One raw connection: what is written goes out as it is, and all that came back is returned when the server closes or `until` matches. */
export async function raw(port: number, request: string | Uint8Array, until?: RegExp): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(request)
  const reply = await readUntil(socket, until)
  socket.destroy()
  return reply
}

export function readUntil(socket: Socket, until?: RegExp): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      if (until?.test(text)) resolve(text)
    })
    socket.on('error', () => resolve(text))
    socket.on('close', () => resolve(text))
  })
}

export async function collect<T>(stream: unknown): Promise<T[]> {
  const list: T[] = []
  for await (const one of stream as AsyncIterable<T>) list.push(one)
  return list
}

export const say = '/hello.Hello/SayHello'

export interface Post {
  readonly path?: string
  readonly method?: string
  readonly type?: string | undefined
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
}

export async function post(
  server: Loopback,
  { path = say, method = 'POST', type = 'application/json', headers = {}, body = '{}' }: Post,
) {
  const response = await fetch(server.origin + path, {
    method,
    headers: { ...(type !== '' && { 'content-type': type }), ...headers },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : Buffer.from(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/json'
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
}

export const head = (length: string, more = '') =>
  `POST ${say} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${length}\r\n${more}\r\n`

/** @param body of Latin-1 */
export const httpReply = (status: string, type: string, body: string, more = '') =>
  `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`

/** A server that answers every request, once its head is there, with these bytes. `undefined`: it closes without a word. */
export async function answering(t: ExecutionContext, reply: string | undefined, { close = false } = {}) {
  const sockets = new Set<Socket>()
  const listener = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      if (!chunk.toString('latin1').includes('\r\n\r\n')) return
      if (reply === undefined) socket.destroy()
      else if (close) socket.end(reply, 'latin1')
      else socket.write(reply, 'latin1')
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.teardown(() => {
    listener.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (listener.address() as { port: number }).port }
}
