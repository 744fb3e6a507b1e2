import { type AddressInfo, connect as connectSocket, createServer } from 'node:net'
import test from 'ava'
import { HpackDecoder } from '../../../src/http2/hpack-decoder.js'
import { Code, connect, disconnect, RpcError, serve } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { block, CLIENT_START, frame, RawPeer, uint32 } from '../../http2/raw-peer.js'

const headers = 1
const ping = 6
const goaway = 7
const endStream = 1
const acknowledged = 1
const endHeaders = 4
const empty = Buffer.alloc(5)

function call(id: number, method: string): Buffer {
  const fields = [':method', 'POST', ':scheme', 'http', ':path', `/hello.Hello/${method}`, ':authority', 'test']
  const head = block(...fields, 'content-type', 'application/grpc', 'te', 'trailers')
  return Buffer.concat([frame(headers, endHeaders, id, head), frame(0, endStream, id, empty)])
}

test('a server that drains serves what was on its way and refuses what comes later by its last GOAWAY', async t => {
  const service = new HelloService()
  let release = () => {}
  service.ping = () =>
    new Promise(resolve => {
      release = resolve
    })
  const server = await serve([service], { protocols: ['grpc'], host: '127.0.0.1' })
  const socket = connectSocket(server.port, '127.0.0.1')
  const peer = new RawPeer(socket)
  peer.send(CLIENT_START, frame(4, acknowledged, 0), call(1, 'Ping'))
  t.true(await peer.alive())

  const closed = server.close()
  const first = await peer.find(({ type }) => type === goaway)
  t.is(first?.payload.readUInt32BE(0), 0x7fffffff, 'the first GOAWAY refuses nothing')
  const asked = await peer.find(({ type, flags }) => type === ping && flags === 0)
  peer.send(call(3, 'SayHello'))
  t.true(await peer.alive())
  peer.send(frame(ping, acknowledged, 0, asked?.payload ?? ''))
  const last = await peer.find(({ type, payload }) => type === goaway && payload.readUInt32BE(0) !== 0x7fffffff)
  t.is(last?.payload.readUInt32BE(0), 3, 'the last one names the last call that is served')
  peer.send(call(5, 'SayHello'))
  t.true(await peer.alive())
  release()
  await closed

  t.is(service.calls, 1, 'no handler saw the last call')
  t.is(peer.frames.filter(({ streamId }) => streamId === 5).length, 0)
  const decoder = new HpackDecoder(16_384)
  const statuses = new Map<number, string | undefined>()
  for (const { type, streamId, payload } of peer.frames) {
    if (type === headers) statuses.set(streamId, decoder.decode(payload, 0, payload.length).get('grpc-status'))
  }
  t.deepEqual([...statuses].sort(), [
    [1, '0'],
    [3, '0'],
  ])
  socket.destroy()
})

test('a call above the last id of a GOAWAY is sent once more, whatever its method, since no handler saw it', async t => {
  let connections = 0
  const server = createServer(socket => {
    const isFirst = ++connections === 1
    const peer = new RawPeer(socket, true)
    peer.send(frame(4, 0, 0))
    void peer
      .find(({ type }) => type === headers)
      .then(request => {
        if (request === undefined) return
        if (isFirst) peer.send(frame(goaway, 0, 0, uint32(0, 0)))
        else {
          const fields = block(':status', '200', 'content-type', 'application/grpc', 'grpc-status', '5')
          peer.send(frame(headers, endHeaders | endStream, request.streamId, fields))
        }
      })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const hello = connect(Hello, `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const error = await t.throwsAsync(hello.ping(), { instanceOf: RpcError })
  t.is(error?.code, Code.not_found)
  t.is(connections, 2)
  await disconnect(hello)
  await new Promise(resolve => server.close(resolve))
})
