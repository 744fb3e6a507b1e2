import { once } from 'node:events'
import test from 'ava'
import { connect, disconnect } from '../../src/index.js'
import { Child } from './child.js'
import { Raw } from './raw.js'
import type { Cost, VictimOrder } from './scene.js'
import { Target } from './target.js'

const crowd = 10_000
/** Connections that say nothing: they show what any connection costs. */
const silent = 1000
/** How many are opened at once, so that the server's backlog holds them. */
const batch = 100
/** How many times as much memory a WebSocket holds as a connection that has said nothing. */
const times = 6

const handshake = Buffer.from(
  [
    'GET / HTTP/1.1',
    'host: x',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==',
    'sec-websocket-protocol: polywire',
    '',
    '',
  ].join('\r\n'),
)

async function gather(port: number, count: number, first: Uint8Array): Promise<Raw[]> {
  const all: Raw[] = []
  while (all.length < count) {
    const some = await Promise.all(Array.from({ length: batch }, () => Raw.open(port)))
    if (first.length > 0) await Promise.all(some.map(raw => raw.send(first) && once(raw.socket, 'data')))
    all.push(...some)
  }
  return all
}

test(`${crowd} idle WebSockets hold memory in proportion, and other calls go on`, async t => {
  t.timeout(600_000, 'a busy machine takes its time')
  const limits = { connections: crowd + 2 * silent, handshakeTimeout: '1h', idleTimeout: '1h' }
  const victim = await Child.start<{ port: number }, VictimOrder, Cost>('./victim.js', [JSON.stringify(limits)])
  t.teardown(() => victim.kill())
  const { port } = victim.greeting
  const target = connect(Target, `http://127.0.0.1:${port}`)
  t.teardown(() => disconnect(target))
  // The first WebSocket loads the library.
  const first = await gather(port, batch, handshake)
  await target.take({ text: 'x' })

  await victim.ask('begin')
  const quiet = await gather(port, silent, new Uint8Array())
  const { held: ofQuiet = 0 } = (await victim.ask('end')) ?? {}
  await victim.ask('begin')
  const idle = await gather(port, crowd, handshake)
  const cost = await victim.ask('end')
  const perSocket = (cost?.held ?? Number.NaN) / crowd
  t.log(`${perSocket.toFixed(0)} bytes for each WebSocket, ${(ofQuiet / silent).toFixed(0)} for a silent connection`)
  t.true(perSocket <= (times * ofQuiet) / silent, `${perSocket} bytes for each WebSocket`)

  await target.take({ text: 'beside them' })
  const all = [...first, ...quiet, ...idle]
  t.is(all.filter(raw => raw.isClosed).length, 0)
  t.true(idle.every(raw => raw.received.startsWith('HTTP/1.1 101 ')))
  for (const raw of all) raw.socket.destroy()
  t.is(victim.stderr, '')
})
