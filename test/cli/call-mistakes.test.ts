import { join } from 'node:path'
import test from 'ava'
import { type Server, serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { polywire, root } from './cli.js'

const contract = ['-c', join(root, 'build/test/fixtures/hello.js')]

let server: Server
test.before(async () => {
  server = await serve([HelloService], { port: 0, host: '127.0.0.1', reflection: true, report: () => {} })
})
test.after.always(() => server.close())

for (const wire of ['grpc', 'http', 'ws'])
  for (const method of ['Add', 'Chat'])
    test(`a request of a stream that cannot be read is a mistake of its writer, not of ${wire}: ${method}`, async t => {
      const line = ['call', `${wire}://127.0.0.1:${server.port}`, method, '-', ...contract]
      const cases = [
        ['{"n":1}\n{"n":', 'line 2, column 6: the text ends too early\n  {"n":\n       ^'],
        ['{"n":1}\n{"m":2}', 'line 2, column 2: hello.Tick has no field m. Did you mean n?\n  {"m":2}\n   ^'],
      ] as const
      for (const [stdin, problem] of cases) {
        const { code, err } = await polywire(line, { stdin })
        t.deepEqual([code, err], [2, `polywire: request, ${problem}\n  the call was canceled\n`])
      }
    })

test('a header that cannot be sent is a mistake, and nothing is sent', async t => {
  const call = (header: string) => polywire(['call', `:${server.port}`, 'Headers', '-H', header])
  for (const [header, problem] of [
    ['grpc-timeout: 5', 'header "grpc-timeout" belongs to the protocol; choose another name'],
    ['bad name: 5', '-H "bad name: 5": header "bad name": a name is made of a-z, 0-9, "_", "-" and "."'],
    ['x-bytes-bin: !!!', '-H "x-bytes-bin: !!!": the value of a -bin header is base64'],
    ['x-bytes-bin: AAAAA', '-H "x-bytes-bin: AAAAA": the value of a -bin header is base64'],
  ] as const)
    t.deepEqual(await call(header), { code: 2, out: '', err: `polywire: ${problem}\n` })
  for (const value of ['AQI=', 'AQI', '_-8', '']) t.is((await call(`x-bytes-bin: ${value}`)).code, 0, value)
})

test('a service that is not there is named, and so is one without a method', async t => {
  const call = async (name: string) => (await polywire(['call', `:${server.port}`, name])).err
  t.is(
    await call('hello.Nope/SayHello'),
    'polywire: the contract has no service hello.Nope. Did you mean hello.Hello/SayHello?\n' +
      `  polywire call :${server.port} hello.Hello/SayHello\n`,
  )
  t.is(await call('Nope/Nope'), 'polywire: the contract has no service Nope; it has hello.Hello\n')
  t.is(
    await call('hello.Hello'),
    'polywire: hello.Hello is a service; its methods are SayHello, Divide, Ping, Hang, Fail, Headers, Watch, Add, Chat\n',
  )
})

for (const wire of ['grpc', 'http', 'thrift', 'avro'])
  test(`a header of an error is printed once over ${wire}`, async t => {
    const line = ['call', `${wire}://127.0.0.1:${server.port}`, 'Fail', 'how=not_found', ...contract]
    const { code, out } = await polywire([...line, '--json'])
    t.is(code, 69)
    const end = JSON.parse(out.trim().split('\n').at(-1) ?? '') as { readonly trailers: object }
    t.deepEqual(end.trailers, { 'x-why': 'not_found' })
    const { err } = await polywire([...line, '-v'])
    t.is(err.match(/^< x-why: not_found$/gm)?.length, 1)
  })

test('describe --json names the target as ls does', async t => {
  const [listed, described] = await Promise.all(
    ['ls', 'describe'].map(async command => JSON.parse((await polywire([command, `:${server.port}`, '--json'])).out)),
  )
  t.is(described.target, `grpc://127.0.0.1:${server.port}`)
  t.deepEqual(described, listed)
})
