import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { certificate } from '../../samples/one-port/certificate.js'
import { type ServeOptions, serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { polywire, root } from './cli.js'
import { folder } from './folder.js'

const contract = ['-c', join(root, 'build/test/fixtures/hello.js')]
const hello = '{"message":"Hello, x!"}\n'

async function listening(t: ExecutionContext, options: ServeOptions = {}): Promise<string> {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', report: () => {}, ...options })
  t.teardown(() => server.close())
  return `127.0.0.1:${server.port}`
}

/** The certificate and its key as files. */
async function files(t: ExecutionContext) {
  const cwd = await folder(t)
  const [cert, key] = [join(cwd, 'cert.pem'), join(cwd, 'key.pem')]
  await writeFile(cert, certificate.cert)
  await writeFile(key, certificate.key)
  return { cert, key }
}

for (const wire of ['grpc', 'http', 'ws', 'thrift', 'avro']) {
  test(`${wire} over TLS: a trusted authority, none, and any`, async t => {
    const address = await listening(t, { tls: certificate })
    const { cert } = await files(t)
    const line = ['call', `${wire}s://${address}`, 'SayHello', 'name=x', ...contract]
    t.deepEqual(await polywire([...line, '--cacert', cert]), { code: 0, out: hello, err: '' })
    const insecure = await polywire([...line, '--insecure'])
    t.deepEqual(insecure, { code: 0, out: hello, err: 'warn: TLS without verification (--insecure)\n' })
    const { code, err } = await polywire(line)
    t.is(code, 78)
    t.regex(err, /^unavailable: the certificate of 127\.0\.0\.1:\d+ is from no known authority: /)
    t.true(err.includes(`  polywire ${line.join(' ')} --cacert FILE\n  to accept any certificate: --insecure\n`), err)
  })

  test(`${wire}: a scheme without TLS where the server speaks it is named, with the right one`, async t => {
    const secure = await listening(t, { tls: certificate })
    const plain = await polywire(['call', `${wire}://${secure}`, 'SayHello', 'name=x', ...contract])
    t.is(plain.code, 78, plain.err)
    t.is(
      plain.err,
      `unavailable: ${secure} speaks TLS, and ${wire}:// does not\n  polywire call ${wire}s://${secure} SayHello name=x ${contract.join(' ')}\n`,
    )
  })
}

/** A server that answers whatever comes first, and closes. */
async function answering(t: ExecutionContext, answer: string): Promise<string> {
  const server = createTcpServer(socket => socket.on('error', () => {}).once('data', () => socket.end(answer)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a scheme with TLS where the server does not speak it is named, with the right one', async t => {
  for (const [answer, said] of [
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'does not speak TLS, and the scheme asks for it'],
    ['', 'closed the connection before TLS was established; it may not speak TLS'],
  ] as const) {
    const address = await answering(t, answer)
    const { code, err } = await polywire(['call', `grpcs://${address}`, 'SayHello', ...contract])
    t.is(code, 78)
    t.is(err, `unavailable: ${address} ${said}\n  polywire call grpc://${address} SayHello ${contract.join(' ')}\n`)
  }
})

test('an address without a scheme is found to speak TLS', async t => {
  const address = await listening(t, { tls: certificate, reflection: true })
  const { code, out, err } = await polywire(['call', address, 'SayHello', 'name=x', '--insecure'])
  t.deepEqual({ code, out }, { code: 0, out: hello }, err)
  const asked = await polywire(['ls', address])
  t.regex(asked.err, /^unavailable: the certificate of /)
})

test('a server of HTTP alone behind TLS is told from one of gRPC', async t => {
  const address = await listening(t, { tls: certificate, protocols: ['http'] })
  const { code, err } = await polywire(['call', `grpcs://${address}`, 'SayHello', 'name=x', '--insecure', ...contract])
  t.is(code, 78)
  const [, first, second = ''] = err.split('\n')
  t.is(first, `unavailable: ${address} speaks HTTP, not gRPC`)
  t.true(second.startsWith(`  polywire call https://${address} SayHello name=x --insecure`), second)
  const { out } = await polywire(['call', `https://${address}`, 'SayHello', 'name=x', '--insecure', ...contract])
  t.is(out, hello)
})

test('mutual TLS takes --cert and --key', async t => {
  const { cert, key } = await files(t)
  const address = await listening(t, { tls: { ...certificate, ca: certificate.cert, clientCertificate: 'required' } })
  const line = ['call', `grpcs://${address}`, 'SayHello', 'name=x', ...contract, '--cacert', cert]
  t.deepEqual(await polywire([...line, '--cert', cert, '--key', key]), { code: 0, out: hello, err: '' })
  t.is((await polywire(line)).code, 78)
  const missing = await polywire([...line, '--cert', 'no.pem', '--key', key])
  t.is(missing.code, 2)
  t.regex(missing.err, /^polywire: --cert no\.pem cannot be read: no such file or directory\n$/)
})

test('--compression compresses requests on the wires that can', async t => {
  const encodings: (string | undefined)[] = []
  const server = createServer((request, response) => {
    encodings.push(request.headers['content-encoding'])
    request.resume()
    response.setHeader('content-type', 'application/json').end('{"message":"ok"}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const name = `name=${'x'.repeat(200)}`
  const line = ['call', `http://${address}`, 'SayHello', name, ...contract]
  for (const flags of [['--compression', 'gzip'], ['--compression', 'br'], []]) await polywire([...line, ...flags])
  t.deepEqual(encodings, ['gzip', 'br', undefined])
  const unknown = await polywire([...line, '--compression', 'snappy'])
  t.is(unknown.code, 2)
  t.regex(unknown.err, /^polywire: --compression must be one of identity, gzip, .*got snappy\n/)
  const thrift = await polywire(['call', `thrift://${address}`, 'SayHello', ...contract, '--compression', 'gzip'])
  t.deepEqual([thrift.code, thrift.err], [2, 'polywire: thrift does not compress by --compression; gRPC and HTTP do\n'])
})

test('-v names the connection: its address, TLS and ALPN', async t => {
  const address = await listening(t, { tls: certificate })
  const port = address.replace(/.*:/, '')
  const lines = await Promise.all(
    [`grpcs://${address}`, `grpcs://localhost:${port}`, `thrifts://${address}`].map(async target => {
      const { err } = await polywire(['call', target, 'SayHello', 'name=x', '-v', '--insecure', ...contract])
      return err.split('\n')[1]?.replace(port, '8080')
    }),
  )
  t.deepEqual(lines, [
    `> grpcs 127.0.0.1:8080, TLS 1.3, h2, contract by ${contract[1]}`,
    `> grpcs localhost:8080 (127.0.0.1), TLS 1.3, h2, contract by ${contract[1]}`,
    `> thrifts 127.0.0.1:8080, TLS 1.3, contract by ${contract[1]}`,
  ])
})

test('-v names the target before the error if there is no connection', async t => {
  const address = await listening(t)
  const line = ['call', `grpcs://${address}`, 'SayHello', 'name=x', '-v', '--insecure', ...contract]
  const { err } = await polywire(line)
  t.regex(err, /^warn.*\n> grpcs 127\.0\.0\.1:\d+, contract by .*\n> hello\.Hello\/SayHello\n[^>]*unavailable: /)
})

for (const wire of ['grpc', 'http', 'ws', 'thrift', 'avro']) {
  test.serial(`${wire}: SSLKEYLOGFILE receives the keys of TLS`, async t => {
    const address = await listening(t, { tls: certificate })
    const keys = join(await folder(t), 'keys.txt')
    process.env.SSLKEYLOGFILE = keys
    t.teardown(() => delete process.env.SSLKEYLOGFILE)
    await polywire(['call', `${wire}s://${address}`, 'SayHello', 'name=x', '--insecure', ...contract])
    t.regex(await readFile(keys, 'utf8'), /^CLIENT_TRAFFIC_SECRET_0 [\da-f]+ [\da-f]+$/m)
  })
}

test.serial('SSLKEYLOGFILE that cannot be written is an error before the call', async t => {
  process.env.SSLKEYLOGFILE = await folder(t)
  t.teardown(() => delete process.env.SSLKEYLOGFILE)
  const { code, err } = await polywire(['call', 'grpcs://127.0.0.1:1', 'SayHello', ...contract])
  t.is(code, 2)
  t.regex(err, /^polywire: SSLKEYLOGFILE \S+ cannot be written: illegal operation on a directory\n$/)
})
