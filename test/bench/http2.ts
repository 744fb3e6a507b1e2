import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import * as http2 from 'node:http2'
import * as net from 'node:net'
import { fileURLToPath } from 'node:url'
import { ClientConnection } from '../../src/http2/client-connection.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import type { HeaderList } from '../../src/http2/header-list.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream, StreamHandler } from '../../src/http2/stream.js'
import { h2loadRate } from './harness/h2load.js'

/** Tiny gRPC-shaped unary calls over one TCP connection: 5 bytes of prefix, 12 of message. */
const MESSAGE = Buffer.from('000000000c0a0a68656c6c6f20776f726c', 'hex')
const IN_FLIGHT = 64
const REQUEST = prepareHeaders([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/bench.Echo/Unary'],
  [':authority', 'localhost'],
  ['te', 'trailers'],
  ['content-type', 'application/grpc'],
])
const REPLY = prepareHeaders([
  [':status', '200'],
  ['content-type', 'application/grpc'],
])
const TRAILERS = prepareHeaders([['grpc-status', '0']])

/** A figure of one run: calls a second. */
export interface Http2Figure {
  readonly name: string
  readonly rate: number
}

/** Prints calls a second of the HTTP/2 engine alone and of Node's own, without any RPC on top. */
export async function run(): Promise<void> {
  for (const { name, rate } of await benchHttp2()) console.log(`${name}: ${Math.round(rate)} calls/s`)
}

/** Runs all, each server in a process of its own, and returns calls a second of each. */
export async function benchHttp2(seconds = 3): Promise<Http2Figure[]> {
  const figures: Http2Figure[] = []
  for (const kind of ['polywire', 'node']) {
    const { child, port } = await startServer(kind)
    try {
      if (kind === 'polywire') figures.push({ name: 'polywire client and server', rate: await callRate(port, seconds) })
      const duration = seconds * 1000
      const rate = await h2loadRate({ port, path: '/bench.Echo/Unary', body: MESSAGE, inFlight: IN_FLIGHT, duration })
      if (rate !== undefined) figures.push({ name: `${kind} server under h2load -c 1 -m ${IN_FLIGHT}`, rate })
    } finally {
      child.kill()
    }
  }
  return figures
}

class Call implements StreamHandler {
  constructor(private readonly next: () => void) {}
  onHeaders(): void {}
  onData(stream: Http2Stream, chunk: Buffer): void {
    stream.consume(chunk.length)
  }
  onTrailers(): void {
    this.next()
  }
  onReset(_stream: Http2Stream, error: Error): void {
    throw error
  }
  onDrain(): void {}
}

async function callRate(port: number, seconds: number): Promise<number> {
  const socket = net.connect(port)
  await once(socket, 'connect')
  socket.setNoDelay(true)
  const connection = new ClientConnection(socket)
  let calls = 0
  let running = true
  const next = () => {
    calls++
    if (running) send()
  }
  const send = () => {
    const stream = connection.open(new Call(next))
    stream.sendHeaders(REQUEST)
    stream.write(MESSAGE)
    stream.end()
  }
  for (let i = 0; i < IN_FLIGHT; i++) send()
  await new Promise(resolve => setTimeout(resolve, 500))
  const before = calls
  const start = performance.now()
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  const rate = ((calls - before) / (performance.now() - start)) * 1000
  running = false
  await connection.close()
  return rate
}

async function startServer(kind: string): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(fileURLToPath(import.meta.url), ['serve', kind])
  const [port] = await once(child, 'message')
  return { child, port: port as number }
}

class Echo implements StreamHandler {
  private parts: Buffer[] = []
  onHeaders(): void {}
  onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    stream.consume(chunk.length)
    if (!ended) this.parts.push(chunk)
    else stream.reply(REPLY, this.parts.length === 0 ? chunk : Buffer.concat([...this.parts, chunk]), TRAILERS)
  }
  onTrailers(): void {}
  onReset(): void {}
  onDrain(): void {}
}

function polywireServer(): net.Server {
  return net.createServer(socket => {
    socket.setNoDelay(true)
    new ServerConnection(socket, {
      onRequest(stream: Http2Stream, _headers: HeaderList) {
        stream.handler = new Echo()
      },
    })
  })
}

function nodeServer(): net.Server {
  const server = http2.createServer()
  server.on('stream', stream => {
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.concat(parts))
    })
  })
  return server
}

async function serve(kind: string): Promise<void> {
  const server = kind === 'node' ? nodeServer() : polywireServer()
  server.listen(Number(process.env.PORT ?? 0))
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  if (process.send) process.send(port)
  else console.log(port)
  process.on('disconnect', () => process.exit())
  process.on('SIGTERM', () => process.exit())
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === 'serve') {
  await serve(process.argv[3] ?? 'polywire')
}
