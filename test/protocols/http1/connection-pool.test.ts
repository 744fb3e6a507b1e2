import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import test from 'ava'
import { Client } from 'undici'
import { ConnectionPool, type PooledExchange } from '../../../src/protocols/http1/client/connection-pool.js'
import { callOf } from '../http/loopback.js'

/** A server that counts its connections and holds its replies until they are let go. */
async function holdingServer() {
  const sockets = new Set<Socket>()
  const held: ServerResponse[] = []
  let opened = 0
  const server = createServer((_request, response) => void held.push(response))
  server.on('connection', socket => {
    opened++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    sockets,
    opened: () => opened,
    /** Resolves when so many requests wait for their replies. */
    async holds(count: number): Promise<void> {
      while (held.length < count) await once(server, 'request')
    },
    /** Replies to the oldest of them. */
    reply: (count: number) => {
      for (const response of held.splice(0, count)) response.end('done')
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function pooled(pool: ConnectionPool): Promise<void> {
  return new Promise((resolve, reject) => {
    const exchange: PooledExchange = {
      connection: undefined,
      call: callOf('ping', {}),
      onConnect() {},
      onHeaders: () => true,
      onData: () => true,
      onComplete() {
        pool.release(exchange)
        resolve()
      },
      onError(error) {
        pool.release(exchange)
        reject(error)
      },
    }
    pool.dispatch({ path: '/', method: 'POST', headers: [], body: 'x' }, exchange)
  })
}

function poolOf(origin: string, limit = 100) {
  const failures: Error[] = []
  return {
    failures,
    pool: new ConnectionPool({ open: () => new Client(origin), limit, failed: error => failures.push(error) }),
  }
}

test('a call that follows a reply at once takes its connection, and opens no other', async t => {
  const server = await holdingServer()
  const { pool } = poolOf(server.origin)
  let calls = 0
  const caller = async () => {
    for (let n = 0; n < 10; n++) {
      await pooled(pool)
      calls++
    }
  }
  const callers = Promise.all(Array.from({ length: 8 }, caller))
  while (calls < 80) {
    await Promise.race([server.holds(1), callers])
    server.reply(8)
  }
  await callers
  t.is(server.opened(), 8)
  await pool.close()
  server.close()
})

test('beyond the limit exchanges wait for a connection, in order', async t => {
  const server = await holdingServer()
  const { pool } = poolOf(server.origin, 2)
  const ended: number[] = []
  const all = Promise.all([0, 1, 2, 3, 4].map(n => pooled(pool).then(() => ended.push(n))))
  for (let n = 0; n < 5; n++) {
    await server.holds(1)
    server.reply(1)
  }
  await all
  t.deepEqual(ended, [0, 1, 2, 3, 4])
  t.is(server.opened(), 2)
  await pool.close()
  server.close()
})

test('a connection that the server closed while it was free is replaced', async t => {
  const server = await holdingServer()
  const { pool, failures } = poolOf(server.origin)
  const first = pooled(pool)
  await server.holds(1)
  server.reply(1)
  await first
  const [socket] = server.sockets
  socket?.end()
  await once(socket as Socket, 'close')
  const second = pooled(pool)
  await server.holds(1)
  server.reply(1)
  await second
  t.is(server.opened(), 2)
  t.deepEqual(failures, [])
  await pool.close()
  server.close()
})

test('closing lets what is in flight end, and fails what waits', async t => {
  const server = await holdingServer()
  const { pool } = poolOf(server.origin, 1)
  const running = pooled(pool)
  const waiting = pooled(pool)
  await server.holds(1)
  const closed = pool.close()
  await t.throwsAsync(waiting, { message: /closed/ })
  server.reply(1)
  await t.notThrowsAsync(running)
  await closed
  server.close()
})

test('a connection that cannot be opened fails its exchange and is told', async t => {
  const server = await holdingServer()
  server.close()
  const { pool, failures } = poolOf(server.origin)
  await t.throwsAsync(pooled(pool), { code: 'ECONNREFUSED' })
  t.is(failures.length, 1)
  await pool.close()
})

test('exchanges that come after the hand-over go to the successor, with those that wait', async t => {
  const server = await holdingServer()
  t.teardown(() => server.close())
  const pool = new ConnectionPool({ open: () => new Client(server.origin), limit: 1, failed: () => {} })
  const first = pooled(pool)
  await server.holds(1)
  void pooled(pool)
  const taken: PooledExchange[] = []
  const ended = pool.handOver({ dispatch: (_request, exchange) => void taken.push(exchange), release() {} })
  void pooled(pool)
  t.is(taken.length, 2)
  server.reply(1)
  await first
  await ended
  t.is(server.opened(), 1)
})
