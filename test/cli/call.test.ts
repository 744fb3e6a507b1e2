import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Code, RpcError, type Server, Service, serve } from '../../src/index.js'
import { DivisionByZero, HelloService } from '../fixtures/hello.js'
import { Pricing } from '../fixtures/prices.js'
import { polywire, polywireIn, type Ran, root } from './cli.js'
import { folder, projectWith } from './folder.js'

const hello = join(root, 'build/test/fixtures/hello.js')

let server: Server
let port: number
test.before(async () => {
  server = await serve([HelloService], { port: 0, host: '127.0.0.1', reflection: true, health: true, report: () => {} })
  port = server.port
})
test.after.always(() => server.close())

const prices = join(root, 'build/test/fixtures/prices.js')
const patience = ['--connect-timeout', '100s', '--timeout', '100s']

/** Runs `polywire` with time for a slow machine, unless the line has its own. */
async function patiently([command = '', ...rest]: readonly string[], input = ''): Promise<Ran> {
  const { code, out, err } = await polywire([command, ...patience, ...rest], input)
  return { code, out, err: err.replaceAll(` ${patience.join(' ')}`, '') }
}

/** What is printed, with the port and times replaced. */
function stable(text: string): string {
  return text.replaceAll(String(port), '8080').replace(/\d+(?:\.\d+)? m?s\b/g, '1 ms')
}

async function prints(
  t: ExecutionContext,
  line: string,
  expected: { out?: string; err?: string; code?: number },
  input = '',
): Promise<void> {
  const words = line.replaceAll('8080', String(port)).match(/'[^']*'|\S+/g) ?? []
  const { out, err, code } = await patiently(
    words.map(word => word.replace(/^'|'$/g, '')),
    input,
  )
  t.deepEqual({ out: stable(out), err: stable(err), code }, { out: '', err: '', code: 0, ...expected }, line)
}

test('a call prints its reply, over every wire', async t => {
  await prints(t, 'call :8080 SayHello name=World', { out: '{"message":"Hello, World!"}\n' })
  for (const wire of ['grpc', 'http', 'http2', 'ws', 'thrift', 'avro'])
    await prints(t, `call ${wire}://127.0.0.1:8080 Divide dividend=7 divisor=2 -c ${hello}`, { out: '{"value":3.5}\n' })
})

test('a WebSocket target is asked for its contract, its streams and its health', async t => {
  await prints(t, 'call ws://127.0.0.1:8080 Chat -', { out: '{"n":2}\n{"n":4}\n' }, '{"n":1} {"n":2}')
  await prints(t, 'health ws://127.0.0.1:8080', { out: 'SERVING\tws://127.0.0.1:8080\thello.Hello\t1 ms\n' })
  t.regex((await patiently(['ls', `ws://127.0.0.1:${port}`])).out, /^hello\.Hello\/SayHello\tunary\tsafe\t/)
})

test('--get calls by GET what a GET can call', async t => {
  const seen: string[] = []
  const front = createServer((request, response) => {
    seen.push(`${request.method} ${request.url?.split('?')[0]}`)
    request.resume()
    response.setHeader('content-type', 'application/json').end('{"message":"Hello, x!"}')
  })
  await once(front.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => front.close())
  const at = `127.0.0.1:${(front.address() as AddressInfo).port}`
  for (const flags of [[], ['--get']]) {
    const ran = await patiently(['call', `http://${at}`, 'SayHello', 'name=x', '-c', hello, ...flags])
    t.deepEqual([ran.code, ran.out], [0, '{"message":"Hello, x!"}\n'], ran.err)
  }
  t.deepEqual(seen, ['POST /hello.Hello/SayHello', 'GET /hello.Hello/SayHello'])
  await prints(t, `call http://127.0.0.1:8080 Ping --get -c ${hello}`, {
    err: 'polywire: hello.Hello/Ping is not a unary method with @Safe, so there is no GET for it\n',
    code: 2,
  })
  for (const wire of ['grpc', 'ws'])
    await prints(t, `call ${wire}://127.0.0.1:8080 SayHello --get -c ${hello}`, {
      err: `polywire: --get is for http://, got ${wire}://127.0.0.1:8080\n`,
      code: 2,
    })
})

test('a method has several names', async t => {
  for (const name of ['hello.Hello/SayHello', 'hello.Hello.SayHello', 'Hello/SayHello', 'sayHello'])
    await prints(t, `call :8080 ${name} '{"name":"x"}' -c ${hello}`, { out: '{"message":"Hello, x!"}\n' })
})

test('a stream is printed as it arrives, and requests come from stdin', async t => {
  await prints(t, 'call :8080 Watch upTo=2', { out: '{"n":1}\n{"n":2}\n' })
  await prints(t, 'call :8080 Add -', { out: '{"value":6}\n' }, '{"n":1}\n{"n": 5}')
  await prints(t, 'call :8080 Chat -', { out: '{"n":2}\n{"n":4}\n' }, '[{"n":1},{"n":2}]')
})

test('zeros are shown', async t => {
  await prints(t, 'call :8080 SayHello --omit-defaults', { out: '{"message":"Hello, !"}\n' })
  await prints(t, 'call :8080 Chat -', { out: '{"n":0}\n' }, '{}')
  await prints(t, 'call :8080 Chat - --omit-defaults', { out: '{}\n' }, '{}')
})

test('a declared error is printed with its fields', async t => {
  await prints(t, `call grpc://127.0.0.1:8080 Divide dividend=7 -c ${hello}`, {
    err: 'invalid_argument: cannot divide by zero\n  hello.DivisionByZero  { "dividend": 7 }\n  hello.Hello/Divide at grpc://127.0.0.1:8080, 1 ms\n',
    code: 67,
  })
})

test('what is wrong with a request is said before it is sent', async t => {
  const wrong = [
    [
      'SayHelo name=World',
      `polywire: hello.Hello has no method SayHelo. Did you mean SayHello?\n  polywire call :8080 SayHello name=World -c ${hello}\n`,
    ],
    [
      'SayHello nam=x',
      `polywire: request: hello.HelloRequest has no field nam. Did you mean name?\n  polywire call :8080 SayHello name=x -c ${hello}\n`,
    ],
    [
      `SayHello '{"nam":"x"}'`,
      'polywire: request, line 1, column 2: hello.HelloRequest has no field nam. Did you mean name?\n  {"nam":"x"}\n   ^\n',
    ],
    [
      `SayHello '{"parent": {"tags": ["a", 3]}}'`,
      'polywire: request, line 1, column 27: parent.tags[1] must be a text, got 3\n  {"parent": {"tags": ["a", 3]}}\n                            ^\n',
    ],
    ['SayHello World', 'polywire: "World" is neither a field, such as name=World, nor JSON\n'],
    [
      'SayHello parent=x',
      'polywire: request: parent is a message; write its JSON, or a field of it: parent.field=value\n',
    ],
    [
      `Watch '{"upTo": 3'`,
      `polywire: request, line 1, column 11: the text ends too early\n  {"upTo": 3\n            ^\n`,
    ],
    [
      `Watch '{"upTo": three}'`,
      `polywire: request, line 1, column 10: unexpected "three"\n  {"upTo": three}\n           ^\n`,
    ],
  ]
  for (const [line, err] of wrong) await prints(t, `call :8080 ${line} -c ${hello}`, { err: err as string, code: 2 })
  const { err, code } = await patiently(['call', `:${port}`, 'Watch', 'upTo=three'])
  t.is(code, 2)
  t.is(err, 'polywire: request: upTo must be an integer from -2147483648 to 2147483647, got "three"\n')
})

test("a target without a scheme is found by Avro's handshake, and never by Thrift", async t => {
  const only = async (wire: string) => {
    const one = await serve([Pricing], { port: 0, host: '127.0.0.1', protocols: [wire], report: () => {} })
    t.teardown(() => one.close())
    return `127.0.0.1:${one.port}`
  }
  const avro = await patiently(['call', await only('avro'), 'List', '-c', prices])
  t.deepEqual(avro, { code: 0, out: '{"byPoint":[{"key":{"x":1},"value":{"x":2}}]}\n', err: '' })
  const thrift = await only('thrift')
  const { code, err } = await patiently(['call', thrift, 'List', '-c', prices])
  t.is(code, 2)
  t.is(
    err,
    `polywire: ${thrift} speaks none of HTTP/2, HTTP/1.1 and Avro; name its wire, such as thrift://${thrift}, or give its .thrift as --contract\n`,
  )
})

test('a wire without reflection asks for a contract', async t => {
  await prints(t, 'call thrift://127.0.0.1:8080 SayHello name=World', {
    err: 'polywire: a Thrift server cannot describe itself. Say where its contract is:\n  polywire call thrift://127.0.0.1:8080 SayHello name=World --contract FILE\n',
    code: 2,
  })
})

test('the only contract of the wire in the folder is offered', async t => {
  const line = ['call', `thrift://127.0.0.1:${port}`, 'SayHello', 'name=World']
  const one = await polywireIn(await projectWith(t, { 'zoo.thrift': '', 'zoo.avdl': '' }), line)
  t.true(one.err.endsWith(`\n  polywire ${line.join(' ')} --contract zoo.thrift\n`), one.err)
  const two = await polywireIn(await projectWith(t, { 'zoo.thrift': '', 'farm.thrift': '' }), line)
  t.true(two.err.endsWith(' --contract FILE\n'), two.err)
})

test('by reflection a declared error has its fields, too', async t => {
  const err = 'invalid_argument: cannot divide by zero\n  hello.DivisionByZero  { "dividend": 7 }\n'
  for (const target of [':8080', 'http://127.0.0.1:8080', 'ws://127.0.0.1:8080']) {
    const words = ['call', target.replace('8080', String(port)), 'Divide', 'dividend=7']
    const ran = await patiently(words)
    t.is(ran.code, 67)
    t.true(ran.err.startsWith(err), ran.err)
    const json = await patiently([...words, '--json'])
    const end = JSON.parse(json.out.trim().split('\n').at(-1) ?? '') as { readonly details?: unknown }
    t.like(end, { type: 'end', error: { type: 'hello.DivisionByZero', value: { dividend: 7 } } })
    t.is(end.details, undefined)
  }
})

test('--json has the details beside the one that the error is read from', async t => {
  class Detailed extends HelloService {
    override async divide(dividend: number): Promise<number> {
      const details = [
        { type: 'hello.Tick', value: new Uint8Array([8, 3]) },
        { type: 'zoo.Hint', value: new Uint8Array([1, 2]) },
        { type: 'hello.Tick', value: new Uint8Array([8, 4]) },
      ]
      if (dividend === 7) throw new RpcError('three details', Code.aborted, { details })
      throw Object.assign(new DivisionByZero('declared', Code.invalid_argument, { details }), { dividend })
    }
  }
  const detailed = await serve([Detailed], { port: 0, host: '127.0.0.1', reflection: true, report: () => {} })
  t.teardown(() => detailed.close())
  const at = `grpc://127.0.0.1:${detailed.port}`
  const [tick, hint, tock] = [
    { type: 'hello.Tick', value: 'CAM=' },
    { type: 'zoo.Hint', value: 'AQI=' },
    { type: 'hello.Tick', value: 'CAQ=' },
  ]
  const undeclared = await documents('call', at, 'Divide', 'dividend=7', '--json')
  t.like(undeclared.lines.at(-1), { error: { type: 'hello.Tick', value: { n: 3 } }, details: [hint, tock] })
  for (const contract of [[], ['-c', hello]]) {
    const declared = await documents('call', at, 'Divide', 'dividend=8', '--json', ...contract)
    const error = { type: 'hello.DivisionByZero', value: { dividend: 8 } }
    t.like(declared.lines.at(-1), { error, details: [tick, hint, tock] })
  }
})

test('what a server says cannot move the cursor of a terminal', async t => {
  @Service()
  class Rude extends HelloService {
    override async ping(): Promise<void> {
      throw new RpcError('no\x1b]0;title\x07 \x9b2J\tnever\nsecond line', Code.aborted)
    }
  }
  const rude = await serve([Rude], { port: 0, host: '127.0.0.1', reflection: true, report: () => {} })
  t.teardown(() => rude.close())
  const { err } = await patiently(['call', `grpc://127.0.0.1:${rude.port}`, 'Ping'])
  t.regex(err, /^aborted: no\uFFFD\]0;title\uFFFD \uFFFD2J\tnever\nsecond line\n/)
})

test('a server without reflection says how to switch it on', async t => {
  const quiet = await serve([HelloService], { port: 0, host: '127.0.0.1' })
  t.teardown(() => quiet.close())
  const { err, code } = await patiently(['ls', `grpc://127.0.0.1:${quiet.port}`])
  t.is(code, 76)
  t.is(
    err,
    `unimplemented: 127.0.0.1:${quiet.port} has reflection off. Start it with serve(..., { reflection: true }), or use --contract\n`,
  )
})

test('nothing that listens is unavailable, whichever command asks', async t => {
  const gone = await serve([HelloService], { port: 0, host: '127.0.0.1' })
  const address = `127.0.0.1:${gone.port}`
  await gone.close()
  const said = `unavailable: ${address} refused the connection; nothing listens there\n`
  const waiting = ['call', 'health']
  for (const line of [
    ['call', address, 'SayHello'],
    ['call', `grpc://${address}`, 'SayHello', '-c', hello],
    ['ls', `grpc://${address}`],
    ['describe', `http://${address}`],
    ['health', `thrift://${address}`],
  ]) {
    const { out, err, code } = await patiently(line)
    const hint = `  to wait until it is up: polywire ${line.join(' ')} --wait 30s\n`
    const hinted = waiting.includes(line[0] ?? '') ? `${said}${hint}` : said
    t.deepEqual({ out, err, code }, { out: '', err: hinted, code: 78 }, line.join(' '))
  }
})

test('--wait dials until the target answers, and no longer than it says', async t => {
  const path = join(await folder(t), 'hello.sock')
  const { err, code } = await patiently(['call', `unix:${path}`, 'SayHello', '--wait', '1ms'])
  t.is(code, 78)
  t.regex(err, /^unavailable: .*hello\.sock cannot be reached: no such file or directory\n/)
  const waiting = patiently(['call', `unix:${path}`, 'SayHello', 'name=x', '--wait', '30s'])
  const local = await serve([HelloService], { path, reflection: true, report: () => {} })
  t.teardown(() => local.close())
  t.deepEqual(await waiting, { out: '{"message":"Hello, x!"}\n', err: '', code: 0 })
  const named = await patiently(['call', `avro+unix:${path}`, 'SayHello', 'name=x', '-c', hello])
  t.deepEqual(named, { out: '{"message":"Hello, x!"}\n', err: '', code: 0 })
})

test('--json has one document a line, in success and failure', async t => {
  const good = await documents('call', `:${port}`, 'Watch', 'upTo=1', '--json')
  t.deepEqual(good.lines[0], { schema: 'polywire.call/1', type: 'headers', headers: {} })
  t.like(good.lines[1], { type: 'message', message: { n: 1 }, index: 0 })
  t.like(good.lines[2], { type: 'end', code: 'ok', wire: 'grpc', endpoint: `127.0.0.1:${port}`, bytesReceived: 2 })
  t.is(good.lines.length, 3)
  const bad = await documents('call', `:${port}`, 'Divide', '-c', hello, '--json')
  t.like(bad.lines.at(-1), {
    type: 'end',
    code: 'invalid_argument',
    message: 'cannot divide by zero',
    error: { type: 'hello.DivisionByZero', value: { dividend: 0 } },
  })
  t.is(bad.err, '')
})

async function documents(...line: string[]) {
  const { out, err, code } = await patiently(line)
  const lines = out.split('\n').filter(one => one !== '')
  return { lines: lines.map(one => JSON.parse(one) as Record<string, unknown>), err, code }
}

test('--json has headers, trailers and sizes, on every wire that has them', async t => {
  for (const wire of ['grpc', 'http', 'http2', 'ws', 'thrift', 'avro']) {
    const at = `${wire}://127.0.0.1:${port}`
    const { lines } = await documents('call', at, 'Headers', 'name=x', '-c', hello, '--json')
    const [headers, message, end] = lines
    t.deepEqual(message?.message, { message: '' })
    t.true(Number(end?.bytesSent) >= 3, wire)
    t.true(Number(end?.dialMs) > 0, wire)
    if (wire === 'thrift' || wire === 'avro') continue
    t.deepEqual(headers?.headers, { 'x-head': 'first', 'x-bytes-bin': 'AQL/' }, wire)
    t.deepEqual(end?.trailers, { 'x-tail': 'last' }, wire)
  }
  const unsent = await documents('call', 'grpc://127.0.0.1:1', 'Ping', '-c', hello, '--json')
  t.deepEqual(
    unsent.lines.map(({ type, code, delivery }) => [type, code, delivery]),
    [['end', 'unavailable', 'unsent']],
  )
  t.regex(String(unsent.lines[0]?.hint), /--wait 30s$/)
})

test('-v shows what was sent and what came back, without secrets', async t => {
  const line = ['call', `ws://127.0.0.1:${port}`, 'Headers', 'name=x', '-c', hello, '-v']
  const { err } = await patiently([...line, '-H', 'authorization: Bearer x'])
  t.deepEqual(
    err
      .replaceAll(String(port), '8080')
      .replace(/\d+(\.\d+)?(?= ms|\))/g, '1')
      .split('\n')
      .sort(),
    [
      '',
      '< x-bytes-bin: AQL/',
      '< x-head: first',
      '< x-tail: last',
      '> hello.Hello/Headers  authorization: ***',
      `> ws 127.0.0.1:8080, contract by ${hello}`,
      'ok, 1 ms (dial 1), 12 B sent, 2 B received',
    ],
  )
})

test('a map whose keys are messages is printed as entries, and cannot be a request, which is JSON', async t => {
  const pricing = await serve([Pricing], {
    port: 0,
    host: '127.0.0.1',
    protocols: ['thrift', 'avro'],
    report: () => {},
  })
  t.teardown(() => pricing.close())
  const contract = ['-c', prices]
  for (const wire of ['thrift', 'avro']) {
    const at = `${wire}://127.0.0.1:${pricing.port}`
    const listed = await patiently(['call', at, 'List', ...contract])
    t.deepEqual(listed, { out: '{"byPoint":[{"key":{"x":1},"value":{"x":2}}]}\n', err: '', code: 0 }, wire)
    const { code, out, err } = await patiently(['call', at, 'Set', '{}', ...contract])
    t.deepEqual([code, out], [2, ''])
    t.regex(err, /^polywire: Prices\.byPoint: keys of maps are text in JSON, and a message has no form as text; .+\n$/)
  }
})

test('a server without a health service is asked for /readyz', async t => {
  const pages: Readonly<Record<string, number>> = { '/readyz': 200 }
  const front = createServer((request, response) => {
    request.resume()
    response.writeHead(pages[request.url ?? ''] ?? 404).end('{"status":"ready","checks":{}}')
  })
  await once(front.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => front.close())
  const at = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
  for (const [status, word, code] of [
    [200, 'SERVING', 0],
    [503, 'NOT_SERVING', 1],
    [404, 'REACHABLE', 0],
  ] as const) {
    Object.assign(pages, { '/readyz': status })
    const ran = await patiently(['health', at])
    t.deepEqual([ran.out.split('\t')[0], ran.code], [word, code], ran.err)
  }
})

test('headers go with the call, and those of a file', async t => {
  const cwd = await folder(t)
  await writeFile(join(cwd, 'headers'), 'x-in: two\n')
  await prints(t, `call :8080 Headers -H 'x-in: one' -H @${cwd}/headers`, { out: '{"message":"one,two"}\n' })
  await prints(t, "call :8080 Headers -H 'x-in'", {
    err: `polywire: -H "x-in" is not a header; write -H 'name: value'\n`,
    code: 2,
  })
})

test('one call is one call, whatever the class declares', async t => {
  const service = new HelloService()
  const once = await serve([service], { port: 0, host: '127.0.0.1' })
  t.teardown(() => once.close())
  const contract = join(await folder(t), 'contract.mjs')
  const code = `
    import { Arg, Method, nothing, Retry, Safe, Service, string, unimplemented } from '${root}/build/src/index.js'
    export class Hello { fail(how) { return unimplemented() } }
    const property = Object.getOwnPropertyDescriptor(Hello.prototype, 'fail')
    Arg(1, 'how', string)(Hello.prototype, 'fail', 0)
    for (const decorate of [Method(nothing), Safe(), Retry({ attempts: 4 })]) decorate(Hello.prototype, 'fail', property)
    Service('hello.Hello')(Hello)`
  await writeFile(contract, code)
  const ran = await patiently(['call', `grpc://127.0.0.1:${once.port}`, 'Fail', 'how=unavailable', '-c', contract])
  t.is(ran.code, 78, ran.err)
  t.is(service.calls, 1)
})

test('a deadline ends the call', async t => {
  const { err, code } = await patiently(['call', `grpc://127.0.0.1:${port}`, 'Hang', '-t', '50ms', '-c', hello])
  t.is(code, 68)
  t.regex(err, /^deadline_exceeded: /)
})

test('ls and describe read the contract of the server, or a file', async t => {
  const { out } = await patiently(['ls', `:${port}`])
  t.is(out.split('\n')[0], 'hello.Hello/SayHello\tunary\tsafe\tgrpc http thrift avro')
  t.is((await patiently(['ls', `:${port}`, '--all'])).out.includes('grpc.health.v1.Health/Check'), true)
  await prints(t, 'describe :8080 SayHello', {
    out: [
      'hello.Hello/SayHello   unary, safe: it may be called by GET, cached, retried and hedged',
      '  request   hello.HelloRequest      1  name      string',
      '                                    2  times     int32',
      '                                    3  tags      list of string',
      '                                    4  counts    map of string to int64',
      '                                    5  parent    hello.HelloRequest',
      '  reply     hello.HelloReply        1  message   string',
      '',
      '  polywire call :8080 hello.Hello/SayHello name=... times=... tags=...',
      '',
    ].join('\n'),
  })
  await prints(t, `describe hello.Tick -c ${hello}`, { out: 'hello.Tick   message\n  1  n   int32\n' })
  await prints(t, `describe Divide --template -c ${hello}`, { out: '{\n  "dividend": 0,\n  "divisor": 0\n}\n' })
  await prints(t, `describe Tik -c ${hello}`, {
    err: `polywire: the contract has no Tik. Did you mean Tick?\n  polywire describe Tick -c ${hello}\n`,
    code: 2,
  })
})

test('describe --json has a document for each kind of thing', async t => {
  const document = async (...line: string[]) =>
    JSON.parse((await patiently(['describe', ...line, '-c', hello, '--json'])).out) as Record<string, unknown>
  const method = await document('Divide')
  t.like(method, { schema: 'polywire.describe/1', kind: 'method', name: 'hello.Hello/Divide', calls: 'unary' })
  t.like(method, { template: { dividend: 0, divisor: 0 }, throws: [{ name: 'hello.DivisionByZero' }] })
  t.like(await document('hello.Tick'), { kind: 'message', fields: [{ number: 1, name: 'n', type: 'int32' }] })
  t.like(await document('hello.DivisionByZero'), { kind: 'error' })
  t.like(await document('Hello'), { kind: 'service', name: 'hello.Hello' })
  t.regex(String((await document('--as', 'proto')).source), /^syntax = "proto3";|service Hello/m)
})

test('ls without a target lists the contracts of the project', async t => {
  const project = join(await folder(t), 'polywire.json')
  await writeFile(project, JSON.stringify({ contracts: [hello, 'gone.js'] }))
  const { out, err, code } = await patiently(['ls', '--project', project])
  t.is(code, 0)
  t.is(out.split('\n')[0], 'hello.Hello/SayHello\tunary\tsafe\tgrpc http thrift avro')
  t.regex(err, /^there is no file .*gone\.js|^gone\.js: /)
})

test('health answers by its exit code', async t => {
  await prints(t, 'health :8080', { out: 'SERVING\tgrpc://127.0.0.1:8080\thello.Hello\t1 ms\n' })
  await prints(t, 'health http://127.0.0.1:8080 hello.Hello', {
    out: 'SERVING\thttp://127.0.0.1:8080\thello.Hello\t1 ms\n',
  })
  await prints(t, 'health :8080 no.Such', { out: 'SERVICE_UNKNOWN\tgrpc://127.0.0.1:8080\tno.Such\t1 ms\n', code: 1 })
  await prints(t, 'health avro://127.0.0.1:8080', { out: 'REACHABLE\tavro://127.0.0.1:8080\t\t1 ms\n' })
  await prints(t, 'health :8080 -q', {})
})

test('a server that speaks only the framing of the specification is found by an Avro contract', async t => {
  const sockets: Socket[] = []
  const front = createTcpServer(client => {
    sockets.push(client.on('error', () => {}))
    client.once('data', (first: Buffer) => {
      // The serial 1 begins the other framing. Its client waits in vain.
      if (first.readUInt32BE(0) === 1) return
      const back = connectTcp({ host: '127.0.0.1', port })
      sockets.push(back.on('error', () => {}))
      back.write(first)
      client.pipe(back).pipe(client)
    })
  })
  await once(front.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    front.close()
    for (const socket of sockets) socket.destroy()
  })
  const contract = join(await folder(t), 'hello.avdl')
  await writeFile(contract, '@namespace("hello") protocol Hello { double Divide(double dividend, double divisor); }')
  const at = `127.0.0.1:${(front.address() as AddressInfo).port}`
  const line = ['call', at, 'Divide', 'dividend=6', 'divisor=3', '-c', contract]
  t.deepEqual(await patiently(line), { code: 0, out: '{"value":2}\n', err: '' })
})

test('a contract of Avro is called over HTTP if the server speaks it there alone', async t => {
  const front = createServer((request, response) => {
    const { url: path, method, headers } = request
    const onward = httpRequest({ host: '127.0.0.1', port, path, method, headers }, reply => {
      response.writeHead(reply.statusCode ?? 500, reply.headers)
      reply.pipe(response)
    })
    request.pipe(onward)
  })
  await once(front.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => front.close())
  const contract = join(await folder(t), 'hello.avdl')
  await writeFile(contract, '@namespace("hello") protocol Hello { double Divide(double dividend, double divisor); }')
  const at = `127.0.0.1:${(front.address() as AddressInfo).port}`
  const line = ['call', at, 'Divide', 'dividend=6', 'divisor=3', '-c', contract]
  t.deepEqual(await patiently(line), { code: 0, out: '{"value":2}\n', err: '' })
  const { err } = await patiently([...line, '-v'])
  t.true(err.startsWith(`> avro ${at}, contract by `), err)
})
