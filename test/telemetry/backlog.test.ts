import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import type { CallObserver, MessageDirection, StreamBacklog } from '../../src/core/call-observer.js'
import {
  bytes,
  connect,
  disconnect,
  Field,
  Http,
  int32,
  Message,
  Method,
  Safe,
  Service,
  serve,
  streamOf,
  string,
} from '../../src/index.js'
import { type Deferred, deferred } from '../support/deferred.js'

@Message('backlog.Part')
class Part {
  @Field(1, bytes) data = new Uint8Array()
}

@Message('backlog.Line')
class Line {
  @Field(1, string) text = ''
}

@Service('backlog.Pipe')
class Pipe {
  /** Reading goes on. */
  readonly gate: Deferred<void> = deferred()

  @Method({ accepts: streamOf(Part), returns: int32 })
  async fill(parts: AsyncIterable<Part>): Promise<number> {
    return this.count(parts)
  }

  @Method({ accepts: int32, returns: streamOf(Part) })
  @Safe()
  @Http('GET /drain')
  async *drain(size: number): AsyncIterable<Part> {
    for (;;) yield { data: new Uint8Array(size) }
  }

  @Method({ accepts: streamOf(Line), returns: int32 })
  @Http('POST /lines', { body: '*' })
  async lines(lines: AsyncIterable<Line>): Promise<number> {
    return this.count(lines)
  }

  /** Reads one, and waits before it reads the rest. */
  private async count(messages: AsyncIterable<unknown>): Promise<number> {
    let count = 0
    for await (const _ of messages) if (++count === 1) await this.gate.promise
    return count
  }
}

/** What one side is told of its streams. */
class Watch implements CallObserver {
  readonly backlogs: StreamBacklog[] = []
  readonly received: number[] = []

  callBegan() {
    return {
      streams: (backlog: StreamBacklog) => void this.backlogs.push(backlog),
      message: (direction: MessageDirection, size: number) => {
        if (direction === 'received') this.received.push(size)
      },
      ended() {},
    }
  }

  /** Resolves when so many bytes wait. */
  async has(figure: keyof StreamBacklog, least: number): Promise<void> {
    while ((this.backlogs.at(-1)?.[figure] ?? 0) < least) await new Promise(setImmediate)
  }
}

let rigs = 0

async function rig(t: ExecutionContext, wire: string) {
  const pipe = new Pipe()
  const name = `backlog-${++rigs}`
  const [here, there] = [new Watch(), new Watch()]
  const server = await serve([pipe], { protocols: ['grpc', 'http'], memory: name, observers: [here] })
  const [scheme, query] = wire.split('?')
  const address = scheme === 'memory' ? name : server.address
  const target = `${scheme}://${address}${query === undefined ? '' : `?${query}`}`
  const client = connect(Pipe, target, { observers: [there] })
  t.teardown(async () => {
    await disconnect(client)
    await server.close()
  })
  return { pipe, here, there, client, server }
}

const size = 1000
const wires = ['grpc', 'http?version=1.1', 'http2', 'ws']

for (const wire of wires) {
  const [scheme = ''] = wire.split('?')

  test(`${scheme}: what a handler has not read waits, and nothing does once it has`, async t => {
    const { pipe, here, client } = await rig(t, wire)
    const filling = client.fill(parts(20))
    // One is read.
    await here.has('unread', 19 * size)
    t.true((here.backlogs[0]?.unread ?? 0) < 20 * (here.received[0] ?? 0))
    pipe.gate.resolve()
    t.is(await filling, 20)
    t.is(here.backlogs[0]?.unread, 0)
    t.is(here.backlogs.length, 1)
    t.is(here.received.length, 20)
  })

  test(`${scheme}: what the peer does not take waits, and so does what the caller has not read`, async t => {
    const { here, there, client } = await rig(t, wire)
    const replies = client.drain(100_000)[Symbol.asyncIterator]()
    await replies.next()
    await Promise.all([here.has('unsent', 1), there.has('unread', 1)])
    t.is(here.backlogs[0]?.unread, 0)
    await replies.return?.()
  })
}

test('memory:// hands over one message at a time, and tells nothing', async t => {
  const { pipe, here, there, client } = await rig(t, 'memory')
  pipe.gate.resolve()
  t.is(await client.fill(parts(20)), 20)
  t.deepEqual([here.backlogs, there.backlogs], [[], []])
})

test('an upload by a route tells its lines, and what waits of them', async t => {
  const { pipe, here, server } = await rig(t, 'grpc')
  const upload = post(server.port, '/lines', 'application/x-ndjson')
  const line = `${JSON.stringify({ text: 'x'.repeat(size) })}\n`
  upload.write(line.repeat(20))
  await here.has('unread', 19 * line.length)
  t.is(here.backlogs[0]?.unread, 19 * line.length)
  pipe.gate.resolve()
  upload.end()
  t.is(await answer(upload), '{"value":20}')
  t.is(here.backlogs[0]?.unread, 0)
  t.deepEqual(here.received, Array(20).fill(line.length - 1))
})

test('a stream by a route tells what its client does not take', async t => {
  const { here, server } = await rig(t, 'grpc')
  const asked = request({ port: server.port, path: '/drain?value=100000', agent: false }).end()
  const [response] = await once(asked, 'response')
  response.pause()
  await here.has('unsent', 1)
  t.is(here.backlogs[0]?.unread, 0)
  asked.destroy()
})

async function* parts(count: number): AsyncGenerator<Part> {
  for (let at = 0; at < count; at++) yield { data: new Uint8Array(size) }
}

function post(port: number, path: string, type: string): ClientRequest {
  return request({ port, path, method: 'POST', agent: false, headers: { 'content-type': type } })
}

async function answer(sent: ClientRequest): Promise<string> {
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}
