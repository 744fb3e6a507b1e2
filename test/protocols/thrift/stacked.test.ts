// Transports on top of one another, one-way calls over HTTP, and the service that answers names without one.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { binaryFormat } from '../../../src/codecs/thrift/binary/format.js'
import { defaultLimits } from '../../../src/core/limits.js'
import { connect, disconnect, type RpcError, serve } from '../../../src/index.js'
import { FrameSplitter } from '../../../src/protocols/thrift/framed.js'
import { readHeaderFrame, writeHeaderFrame } from '../../../src/protocols/thrift/theader.js'
import { Hello, HelloService, Other } from '../../fixtures/thrift/hello.js'
import { framed, message, RawClient, read, text } from './raw.js'

const call = message({ name: 'SayHello', sequence: 7, fields: text('x') })

/** A THeader frame, its length included. */
function withHeader(payload: Buffer, headers: readonly string[] = []): Buffer {
  const writer = binaryFormat.writer()
  writeHeaderFrame(writer, { format: binaryFormat, zlib: false }, { sequence: 7, headers })
  writer.raw(payload)
  return framed(Buffer.from(writer.finish()))
}

function textIn(bytes: Buffer): string {
  return read(binaryFormat.reader(bytes, 0, bytes.length, 100)).text
}

async function served(t: ExecutionContext, service = new HelloService()) {
  const server = await serve([service], { host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  return server
}

test('THeader in frames is answered in frames', async t => {
  const { port } = await served(t)
  const client = await RawClient.open(port)
  t.teardown(() => client.end())
  const answer = new Promise<Buffer>(resolve => {
    const outer = new FrameSplitter(1e6, {
      message: (bytes, start, end) => resolve(Buffer.from(bytes.subarray(start, end))),
      tooLarge: () => t.fail(),
    })
    client.socket.removeAllListeners('data').on('data', chunk => outer.push(chunk))
  })
  client.send(framed(withHeader(call)))
  const frame = await answer
  t.is(frame.readInt32BE(0), frame.length - 4)
  t.is(textIn(readHeaderFrame(frame.subarray(4), defaultLimits).payload), 'Hello, x!')
})

async function posted(port: number, body: Buffer): Promise<Buffer> {
  const headers = { 'content-type': 'application/x-thrift' }
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: new Uint8Array(body) })
  return Buffer.from(await response.arrayBuffer())
}

test('frames and THeader in HTTP bodies are answered in the same', async t => {
  const { port } = await served(t)
  t.is(textIn(await posted(port, call)), 'Hello, x!')
  const inFrame = await posted(port, framed(call))
  t.is(inFrame.readInt32BE(0), inFrame.length - 4)
  t.is(textIn(inFrame.subarray(4)), 'Hello, x!')
  const heard = message({ name: 'Heard', fields: text('x-tenant') })
  const inHeader = await posted(port, withHeader(heard, ['x-tenant', 'blue']))
  const { headers, payload } = readHeaderFrame(inHeader.subarray(4), defaultLimits)
  t.is(textIn(payload), 'blue')
  t.true(headers.includes('x-head'))
})

async function answering(t: ExecutionContext, body: Buffer | undefined) {
  let asked: () => void = () => {}
  const arrived = new Promise<void>(resolve => {
    asked = resolve
  })
  const http = createServer((request, response) => {
    request.resume().on('end', () => {
      asked()
      if (body !== undefined) response.end(body)
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const hello = connect(Hello, `thrift://127.0.0.1:${(http.address() as AddressInfo).port}?transport=http`)
  t.teardown(async () => {
    http.close()
    http.closeAllConnections()
    await disconnect(hello)
  })
  return { hello, arrived }
}

test('a proxy reads frames and THeader in HTTP bodies', async t => {
  const reply = message({
    name: 'SayHello',
    kind: 2,
    fields: writer => {
      writer.field(11, 0)
      writer.string('there')
    },
  })
  for (const body of [reply, framed(reply), withHeader(reply)])
    t.is(await (await answering(t, body)).hello.sayHello('x'), 'there')
})

test('a one-way call over HTTP does not wait for a reply', async t => {
  const { hello, arrived } = await answering(t, undefined)
  await hello.notify('x')
  await arrived
  t.pass()
})

test('the server answers a one-way call over HTTP before its method has ended', async t => {
  let end: () => void = () => {}
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  class Waiting extends HelloService {
    override async notify(): Promise<void> {
      await ended
    }
  }
  const { port } = await served(t, new Waiting())
  const body = await posted(port, message({ name: 'Notify', kind: 4, fields: text('x') }))
  t.is(body.length, 0)
  end()
})

test('a server of several services names the one that answers calls without a service name', async t => {
  const services = [new HelloService(), Other]
  const strict = await serve(services, { host: '127.0.0.1', report: () => {} })
  t.teardown(() => strict.close())
  const lost = connect(Other, `thrift://${strict.address}`)
  t.teardown(() => disconnect(lost))
  t.regex(((await t.throwsAsync(lost.sayHello('x'))) as RpcError).message, /thrift: \{ default: Hello \}/)

  const server = await serve(services, { host: '127.0.0.1', report: () => {}, thrift: { default: Other } })
  t.teardown(() => server.close())
  const other = connect(Other, `thrift://${server.address}`)
  const hello = connect(Hello, `thrift://${server.address}?multiplex=yes`)
  t.teardown(() => Promise.all([disconnect(other), disconnect(hello)]))
  t.is(await other.sayHello('x'), 'Other x')
  t.is(await hello.sayHello('x'), 'Hello, x!')

  const error = (await t.throwsAsync(serve([Other], { port: 0, thrift: { default: Hello } }))) as RpcError
  t.is(error.reason, 'misplaced_option')
})
