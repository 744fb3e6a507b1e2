import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import { Code, connect, disconnect, RpcError, withCall } from '../../../src/index.js'
import { outcome } from '../../support/calls.js'
import { Shop } from './fixture.js'
import { frame, shopProtocol, unframe, written } from './wire.js'

/** A handshake response of the match BOTH and an empty reply. */
const welcome = Buffer.from([0, 0, 0, 0, 0, 0])
const hello = (text: string) =>
  written(out => {
    out.int(0)
    out.boolean(false)
    out.string(text)
  })

/** A server that accepts every handshake, and does with each request what it is told. */
async function fake(answer: (socket: Socket, serial: number, request: Buffer) => void, first: Buffer = welcome) {
  const sockets = new Set<Socket>()
  const listener = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    let gathered = Buffer.alloc(0)
    let seen = 0
    socket.on('error', () => {})
    socket.on('data', chunk => {
      gathered = Buffer.concat([gathered, chunk])
      for (const { serial, bytes } of unframe('netty', gathered).slice(seen)) {
        if (seen++ === 0) socket.write(frame('netty', serial, first))
        else answer(socket, serial, bytes)
      }
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  }
  return { target: `avro://127.0.0.1:${(listener.address() as AddressInfo).port}`, sockets, close }
}

async function failure(promise: Promise<unknown>): Promise<RpcError> {
  const { error } = await outcome(promise)
  if (error instanceof RpcError) return error
  throw error ?? new Error('the call did not fail')
}

test('a connection that breaks fails every call in flight at once, and the next call dials anew', async t => {
  let requests = 0
  const { target, sockets, close } = await fake((socket, serial) => {
    if (++requests === 10) {
      socket.write(frame('netty', serial, hello('cut')).subarray(0, 9))
      socket.destroySoon()
    } else if (requests > 10) socket.write(frame('netty', serial, hello('again')))
  })
  const shop = connect(Shop, target)
  const errors = await Promise.all(Array.from({ length: 10 }, () => failure(shop.sayHello('x'))))
  for (const { code, delivery } of errors) t.deepEqual([code, delivery], [Code.unavailable, 'unknown'])
  t.is(await shop.sayHello('x'), 'again')
  t.is(sockets.size, 2)
  await disconnect(shop)
  close()
})

test('replies are matched by serial: late, unknown and doubled ones are dropped', async t => {
  const held: [number, Socket][] = []
  const { target, close } = await fake((socket, serial, request) => {
    if (request.includes('hold')) held.push([serial, socket])
    else {
      socket.write(frame('netty', 54_321, hello('unknown')))
      for (const [late] of held) socket.write(frame('netty', late, hello('late')))
      socket.write(Buffer.concat([frame('netty', serial, hello('right')), frame('netty', serial, hello('doubled'))]))
    }
  })
  const shop = connect(Shop, target)
  t.is(await shop.sayHello('first'), 'right')
  t.is((await failure(withCall(shop, { timeout: '50ms' }).sayHello('hold'))).code, Code.deadline_exceeded)
  t.is(await shop.sayHello('a'), 'right')
  t.is(await shop.sayHello('b'), 'right')
  await disconnect(shop)
  close()
})

test('a reply that cannot be read is an error of its call alone', async t => {
  const bad: Buffer[] = [
    Buffer.alloc(0),
    Buffer.from([0]),
    Buffer.from([0, 2]),
    Buffer.from([0, 0, 0x7f]),
    Buffer.concat([hello('x'), Buffer.alloc(1)]),
    Buffer.from([0, 1, 8, 0]),
    Buffer.from([1, 0]),
  ]
  const { target, close } = await fake((socket, serial, request) => {
    const which = /bad(\d)/.exec(request.toString('latin1'))
    socket.write(frame('netty', serial, which === null ? hello('fine') : (bad[Number(which[1])] as Buffer)))
  })
  const shop = connect(Shop, target)
  for (const at of bad.keys()) {
    const error = await failure(shop.sayHello(`bad${at}`))
    t.deepEqual([error.code, error.reason], [Code.internal, 'malformed_reply'], String(at))
  }
  t.is(await shop.sayHello('good'), 'fine')
  await disconnect(shop)
  close()
})

test('a reply over the limit is an error of its call alone', async t => {
  const { target, close } = await fake((socket, serial, request) => {
    socket.write(frame('netty', serial, hello(request.includes('big') ? 'x'.repeat(5000) : 'small')))
  })
  const shop = connect(Shop, target, { limits: { messageBytes: 1000 } })
  t.is((await failure(shop.sayHello('big'))).code, Code.resource_exhausted)
  t.is(await shop.sayHello('a'), 'small')
  await disconnect(shop)
  close()
})

test('random bytes of a server fail calls and nothing else', async t => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (chunks, framed) => {
        const { target, close } = await fake((socket, serial) => {
          for (const chunk of chunks) socket.write(framed ? frame('netty', serial, Buffer.from(chunk)) : chunk)
          socket.end()
        })
        const shop = connect(Shop, target, { policies: [] })
        const { error } = await outcome(withCall(shop, { timeout: '20s' }).sayHello('x'))
        t.true(error === undefined || (error instanceof RpcError && error.code !== Code.deadline_exceeded))
        await disconnect(shop)
        close()
      },
    ),
    { numRuns: 40 },
  )
})

test('a handshake that does not succeed is told, and the call never left', async t => {
  const none = written(out => {
    out.int(2)
    out.int(1)
    out.string(shopProtocol.text)
    out.int(1)
    out.raw(Buffer.from(shopProtocol.hash, 'latin1'))
    out.int(0)
  })
  const never = await fake((socket, serial) => socket.write(frame('netty', serial, none)), none)
  const refused = connect(Shop, never.target)
  const error = await failure(withCall(refused, { timeout: '20s' }).ping())
  t.deepEqual([error.code, error.delivery], [Code.unavailable, 'unsent'])
  t.regex(error.message, /does not accept our protocol/)
  await disconnect(refused)
  never.close()
  for (const first of [Buffer.from('no handshake at all'), Buffer.from([2, 2, 8, 0x7b, 0x7b, 0x7b, 0x7b, 0, 0])]) {
    const odd = await fake(() => {}, first)
    const shop = connect(Shop, odd.target)
    t.is((await failure(withCall(shop, { timeout: '20s' }).ping())).code, Code.unavailable)
    await disconnect(shop)
    odd.close()
  }
})

test('a server that says nothing to the handshake is given up after the connect timeout', async t => {
  const listener = createServer(() => {})
  const sockets = new Set<Socket>()
  listener.on('connection', socket => sockets.add(socket))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const shop = connect(Shop, `avro://127.0.0.1:${port}`, { connectTimeout: '300ms' })
  const error = await failure(shop.ping())
  t.is(error.code, Code.unavailable)
  t.regex(error.message, /within 300 ms/)
  await disconnect(shop)
  for (const socket of sockets) socket.destroy()
  listener.close()
})
