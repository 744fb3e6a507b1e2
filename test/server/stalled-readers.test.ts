import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { LimitOptions } from '../../src/core/limits.js'
import { serviceOf } from '../../src/decorators/read-service.js'
import { connect, disconnect, int32, Method, Safe, Service, serve, streamOf, string } from '../../src/index.js'
import type { Framing } from '../../src/protocols/avro/framing.js'
import { protocolOf } from '../../src/protocols/avro/protocol-schema.js'
import { call, frame, handshake } from '../protocols/avro/wire.js'
import { framed, message } from '../protocols/thrift/raw.js'
import { goneUnread, openSocket } from '../support/raw-clients.js'

const MiB = 1024 * 1024
const text = 'x'.repeat(MiB)
const requests = 300
const unsentBytes = 4 * MiB
/** What the systems of both ends may hold of a connection over loopback, in calls. */
const inSystem = 16
/** Calls that may run before the first reply is looked at. */
const burst = 64

@Service('stalled.Big')
class Big {
  calls = 0

  @Method(string) @Safe() async prompt(): Promise<string> {
    this.calls++
    return text
  }

  /** Its calls are all in flight before the first has a reply. */
  @Method(string) @Safe() async slow(): Promise<string> {
    this.calls++
    await sleep(50)
    return text
  }

  @Method(int32) @Safe() async small(): Promise<number> {
    return 1
  }
}

@Service('stalled.Flow')
class Flow {
  messages = 0
  running = 0

  @Method(streamOf(string)) async *endless(): AsyncGenerator<string> {
    this.running++
    try {
      for (;;) {
        this.messages++
        yield text
      }
    } finally {
      this.running--
    }
  }
}

const post = (path: string) =>
  `POST /stalled.Big/${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`
const thriftCall = (name: string, sequence: number) => framed(message({ name, sequence }))

function avroCalls(framing: Framing, name: string, count: number): Buffer {
  const { hash } = protocolOf(serviceOf(Big), serviceOf(Big).methods)
  const introduction = frame(
    framing,
    0,
    handshake({ clientHash: hash, serverHash: hash }),
    call('', () => {}),
  )
  return Buffer.concat([introduction, ...Array.from({ length: count }, (_, n) => frame(framing, n + 1, call(name)))])
}

interface Wire {
  readonly name: string
  /** Target of a good client. */
  readonly target: string
  requests(method: 'Prompt' | 'Slow', count: number): Buffer
}

const wires: readonly Wire[] = [
  {
    name: 'HTTP/1.1',
    target: 'http',
    requests: (method, count) => Buffer.from(post(method).repeat(count)),
  },
  {
    name: 'Thrift over HTTP',
    target: 'thrift',
    requests: (method, count) => {
      const body = message({ name: method })
      const head = `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-thrift\r\ncontent-length: ${body.length}\r\n\r\n`
      return Buffer.concat(Array.from({ length: count }, () => Buffer.concat([Buffer.from(head), body])))
    },
  },
  {
    name: 'Thrift, framed',
    target: 'thrift',
    requests: (method, count) => Buffer.concat(Array.from({ length: count }, (_, n) => thriftCall(method, n))),
  },
  {
    name: 'Thrift, framed, replies in order',
    target: 'thrift',
    requests: (method, count) => Buffer.concat(Array.from({ length: count }, () => thriftCall(method, 1))),
  },
  {
    name: 'Thrift, unframed',
    target: 'thrift?transport=buffered',
    requests: (name, count) =>
      Buffer.concat(Array.from({ length: count }, (_, sequence) => message({ name, sequence }))),
  },
  {
    name: 'Avro, netty',
    target: 'avro',
    requests: (method, count) => avroCalls('netty', method, count),
  },
  {
    name: 'Avro, framed',
    target: 'avro?transport=framed',
    requests: (method, count) => avroCalls('framed', method, count),
  },
]

async function served(limits: LimitOptions) {
  const service = new Big()
  const flow = new Flow()
  const reports: unknown[] = []
  const server = await serve([service, flow], {
    host: '127.0.0.1',
    limits: { unsentBytes, stallTimeout: 500, ...limits },
    report: error => reports.push(error),
  })
  return { service, flow, server, reports, port: server.port }
}

/** Calls until it is told to stop. @returns how many calls there were */
async function goodClient(target: string, until: Promise<unknown>): Promise<number> {
  const big = connect(Big, target)
  let isOver = false
  void until.then(() => {
    isOver = true
  })
  let calls = 0
  for (; !isOver; calls++) await big.small()
  await disconnect(big)
  return calls
}

for (const { name, target, requests: requestsOf } of wires) {
  for (const method of ['Prompt', 'Slow'] as const) {
    test.serial(`${name}: ${method}: a client that reads nothing costs a few times unsentBytes, and goes`, async t => {
      const { service, server, port, reports } = await served({})
      const before = process.memoryUsage().arrayBuffers
      const socket = await openSocket(port)
      const [protocol, query] = target.split('?')
      socket.write(requestsOf(method, requests))
      let most = 0
      const watched = setInterval(() => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before)
      }, 5)
      // A byte that completes nothing.
      const ended = goneUnread(socket, Buffer.from([0]))
      const address = `${protocol}://127.0.0.1:${port}${query === undefined ? '' : `?${query}`}`
      t.true((await goodClient(address, ended)) > 0)
      clearInterval(watched)
      t.true(most < 16 * unsentBytes, `it held ${most / MiB} MiB`)
      if (method === 'Prompt') t.true(service.calls <= unsentBytes / MiB + inSystem + burst, `${service.calls} calls`)
      t.deepEqual(reports, [])
      await server.close()
    })
  }

  test.serial(`${name}: a client that reads late gets every reply`, async t => {
    const { service, server, port } = await served({ stallTimeout: 20_000 })
    const socket = await openSocket(port)
    socket.write(requestsOf('Prompt', 100))
    while (service.calls < 4) await new Promise(setImmediate)
    let received = 0
    await new Promise<void>(resolve => {
      socket.on('data', chunk => {
        received += chunk.length
        if (received > 100 * MiB) resolve()
      })
    })
    t.is(service.calls, 100)
    socket.destroy()
    await server.close()
  })
}

test.serial('a stream that nobody reads is pulled no further, and ends', async t => {
  const { flow, server, port } = await served({})
  const socket = await openSocket(port)
  const head = 'POST /stalled.Flow/Endless HTTP/1.1\r\nhost: x\r\ncontent-type: application/connect+json\r\n'
  socket.write(`${head}content-length: 7\r\n\r\n\0\0\0\0\x02{}`)
  while (flow.running === 0) await new Promise(setImmediate)
  while (flow.running > 0) await new Promise(setImmediate)
  t.true(flow.messages <= unsentBytes / MiB + inSystem, `${flow.messages} messages`)
  socket.destroy()
  await server.close()
})

test.serial('a slow reader that takes something in every stall timeout gets all of its reply', async t => {
  const { server, port } = await served({ stallTimeout: 1000 })
  const socket = await openSocket(port)
  socket.pause()
  const calls = 24
  socket.write(post('Prompt').repeat(calls))
  const started = performance.now()
  let received = 0
  while (received < calls * MiB) {
    await sleep(4)
    const chunk = socket.read() as Buffer | null
    if (chunk === null) t.false(socket.destroyed, 'it was ended')
    received += chunk?.length ?? 0
  }
  t.true(performance.now() - started > 1500, 'it took longer than the stall timeout')
  socket.destroy()
  await server.close()
})

test.serial('a reply over unsentBytes is sent whole, on every wire', async t => {
  const { server } = await served({ unsentBytes: 1 })
  for (const target of ['http', 'thrift', 'thrift?transport=http', 'avro', 'avro?transport=http']) {
    const [protocol, query] = target.split('?')
    const big = connect(Big, `${protocol}://${server.address}${query === undefined ? '' : `?${query}`}`)
    const replies = await Promise.all(Array.from({ length: 5 }, () => big.prompt()))
    t.true(
      replies.every(reply => reply.length === MiB),
      target,
    )
    await disconnect(big)
  }
  await server.close()
})
