import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { polywire, root } from './cli.js'

const contract = ['-c', join(root, 'build/test/fixtures/hello.js')]
const patience = ['--connect-timeout', '100s', '--timeout', '100s']

/** A server that answers every path with a page, and its address. */
async function pages(t: ExecutionContext, server: Server = createServer((_, response) => response.end('<p>hi</p>'))) {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('grpc:// to a server of HTTP/1.1 says which scheme it has', async t => {
  const at = await pages(t)
  const line = ['call', `grpc://${at}`, 'Ping', ...contract, ...patience]
  t.deepEqual(await polywire(line), {
    code: 78,
    out: '',
    err: `unavailable: ${at} speaks HTTP/1.1, and gRPC needs HTTP/2\n  polywire ${line.join(' ').replace('grpc://', 'http://')}\n`,
  })
})

test('a server of HTTP/1.1 alone cannot describe itself', async t => {
  const at = await pages(t)
  t.deepEqual(await polywire(['ls', at, ...patience]), {
    code: 76,
    out: '',
    err: `unimplemented: ${at} speaks HTTP/1.1 alone, over which no server can describe itself; use --contract\n`,
  })
})

test('only the page of a polywire server at /readyz says that it serves', async t => {
  const healthOf = async (page: string) => {
    const server = createServer((_, response) => response.end(page))
    const { code, out } = await polywire(['health', await pages(t, server), ...patience])
    t.regex(out, /^\w+\thttp:\/\/127\.0\.0\.1:\d+\t\t[\d.]+ ms\n$/)
    return [out.split('\t')[0], code]
  }
  t.deepEqual(await healthOf('{"status":"ready","checks":{"database":"ok"}}'), ['SERVING', 0])
  for (const page of ['<p>hi</p>', '', 'null', '{"status":"ready"}', `"${'x'.repeat(100_000)}"`])
    t.deepEqual(await healthOf(page), ['REACHABLE', 0], page.slice(0, 30))
})

test('a page of /readyz that does not end is not waited for beyond the deadline', async t => {
  const server = createServer(({ url }, response) =>
    url === '/readyz' ? response.write('{"status":') : response.end('<p>hi</p>'),
  )
  t.teardown(() => server.closeAllConnections())
  const { code, out } = await polywire(['health', await pages(t, server), '--timeout', '500ms'])
  t.deepEqual([out.split('\t')[0], code], ['REACHABLE', 0])
})

test('avro:// to a server of HTTP says which scheme it has', async t => {
  const at = await pages(t)
  const line = ['call', `avro://${at}`, 'Ping', ...contract, ...patience]
  const { code, err } = await polywire(line)
  const hint = `polywire ${line.join(' ').replace('avro://', 'http://')}`
  t.deepEqual([code, err], [78, `unavailable: ${at} speaks HTTP/1.1, not Avro\n  ${hint}\n`])
})

test('a server that answers HTTP/2 with a bare page is one of HTTP/1.1', async t => {
  const server = createTcpServer(socket => {
    socket.on('error', () => {})
    socket.once('data', bytes =>
      socket.end(
        bytes.includes('HTTP/2.0') ? '<!DOCTYPE HTML>\n<p>505' : 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
      ),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const at = `127.0.0.1:${(server.address() as AddressInfo).port}`
  t.regex((await polywire(['health', at, ...patience])).out, /^REACHABLE\thttp:\/\//)
  const { err } = await polywire(['call', `grpc://${at}`, 'Ping', ...contract, ...patience])
  t.true(err.startsWith(`unavailable: ${at} speaks HTTP/1.1, and gRPC needs HTTP/2\n`), err)
})
