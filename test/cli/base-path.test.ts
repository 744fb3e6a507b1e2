import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import express from 'express'
import { expressMiddleware, serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { PathGateway } from '../support/path-gateway.js'
import { polywire, root } from './cli.js'

const patience = ['--connect-timeout', '100s', '--timeout', '100s']
const contract = ['-c', join(root, 'build/test/fixtures/hello.js')]

test('a server behind a path of HTTP/2 describes itself, and is called', async t => {
  const server = await serve([HelloService], { host: '127.0.0.1', reflection: true, report: () => {} })
  const gateway = await PathGateway.before(server.address, '/api')
  t.teardown(() => {
    gateway.close()
    return server.close()
  })
  const target = `http2://${gateway.address}/api`
  t.regex((await polywire(['ls', target, ...patience])).out, /hello\.Hello/)
  const { out, err } = await polywire(['call', target, 'hello.Hello/Divide', '{"dividend":6,"divisor":3}', ...patience])
  t.deepEqual([out, err], ['{"value":2}\n', ''])
  t.regex((await polywire(['ls', target.replace('http2:', 'http:'), ...patience])).out, /hello\.Hello/)
})

test('a server behind a path of HTTP/1.1 is called by its contract', async t => {
  const app = express().use('/api', expressMiddleware([HelloService]))
  const server = createServer((request, response) => void app(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const line = ['call', `http://${address}/api`, 'hello.Hello/Divide', '{"dividend":6,"divisor":3}', ...patience]
  t.is((await polywire([...line, ...contract])).out, '{"value":2}\n')
  t.deepEqual(await polywire(line), {
    code: 76,
    out: '',
    err: `unimplemented: ${address} speaks HTTP/1.1 alone, over which no server can describe itself; use --contract\n`,
  })
})
