import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Call, serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { begun, polywire, root } from './cli.js'
import { folder } from './folder.js'

/** Writes files, and imports the first. `file` in what is printed stands for their folder. */
async function imported(t: ExecutionContext, files: Readonly<Record<string, string>>) {
  const cwd = await folder(t)
  await mkdir(join(cwd, 'out'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text)
  const [first = ''] = Object.keys(files)
  const { code, out, err } = await polywire(['import', join(cwd, first), '-o', join(cwd, 'out')])
  const short = (text: string) => text.replace(/\S*polywire-cli-\w+\//g, '')
  return { code, out: short(out), err: short(err), cwd }
}

const refused: Readonly<Record<string, { readonly files: Readonly<Record<string, string>>; readonly err: RegExp }>> = {
  'a broken .proto': {
    files: { 'a.proto': 'syntax = "proto3";\nmessage A { string id = ; }' },
    err: /^polywire: a\.proto:2:\d+: the compiler: .+\n$/i,
  },
  'a broken .thrift': {
    files: { 'a.thrift': 'struct A {\n  1: string id\n' },
    err: /^polywire: a\.thrift:\d+: the compiler: .*syntax error.*\n$/,
  },
  'a word that Thrift reserves': {
    files: { 'a.thrift': 'struct A {\n  1: string id,\n  2: string next\n}\n' },
    err: /^polywire: a\.thrift:3: the compiler: Cannot use reserved language keyword: "next"\n$/,
  },
  'a word that Thrift reserves, which is in a comment and a literal before': {
    files: {
      'a.thrift':
        '/* What comes\n next. */\n// next\nconst string A = "next"\nstruct B {\n  1: string id,\n  2: string next\n}\n',
    },
    err: /^polywire: a\.thrift:7: the compiler: Cannot use reserved language keyword: "next"\n$/,
  },
  'a broken .avdl': {
    files: { 'a.avdl': 'protocol A { record B { string } }' },
    err: /^polywire: a\.avdl:1:\d+: .+\n$/,
  },
  'a broken .avsc': { files: { 'a.avsc': '{"type":"record","fields":[' }, err: /^polywire: a\.avsc: its JSON: .+\n$/ },
  'a broken OpenAPI document': {
    files: { 'a.yaml': 'openapi: 3.1.0\n  info: [' },
    err: /^polywire: a\.yaml:\d+:\d+: its YAML: .+\n$/,
  },
  'a circle of OpenAPI references': {
    files: {
      'a.json':
        '{"openapi":"3.1.0","info":{"title":"a","version":"1"},"paths":{},"components":{"schemas":{"A":{"$ref":"b.json#/B"}}}}',
      'b.json': '{"B":{"$ref":"a.json#/components/schemas/A"}}',
    },
    err: /^polywire: a\.json#\/components\/schemas\/A: \$ref b\.json#\/B: it refers to itself\n {2}to import the rest: .*\n$/,
  },
  'a circle of .proto imports': {
    files: {
      'a.proto': 'syntax = "proto3"; import "b.proto";',
      'b.proto': 'syntax = "proto3"; import "a.proto";',
    },
    err: /^polywire: [ab]\.proto:1:\d+: the compiler: .*(?:cycl|recursiv|circular).*\n$/i,
  },
  'a circle of .thrift includes': {
    files: {
      'a.thrift': 'include "b.thrift"\nstruct A { 1: string id }',
      'b.thrift': '// once\ninclude "a.thrift"\nstruct B { 1: string id }',
    },
    err: /^polywire: a\.thrift: its includes: they are circular: a\.thrift includes b\.thrift includes a\.thrift\n$/,
  },
}

for (const [what, { files, err }] of Object.entries(refused))
  test(`${what} is one line with its place, and nothing is written`, async t => {
    const ran = await imported(t, files)
    t.deepEqual([ran.code, ran.out], [2, ''])
    t.regex(ran.err, err)
  })

test('names that are keywords or globals of JavaScript are imported', async t => {
  const { code, err, cwd } = await imported(t, {
    'a.proto': `syntax = "proto3"; package a;
      message class { string default = 1; string then = 2; string new = 3; string constructor = 4; }
      message Map { map<string, Error> errors = 1; }
      message Error { Date at = 1; }
      message Date { string text = 1; }
      service Promise { rpc Delete (class) returns (Map); }`,
  })
  t.is(code, 0, err)
  const text = await readFile(join(cwd, 'out/a.ts'), 'utf8')
  t.notRegex(text, /^export class (?:class|Map|Error|Date|Promise)\b/m)
})

test('a file of 5 MB is imported', async t => {
  const comment = `// ${'x'.repeat(996)}\n`.repeat(5000)
  const { code, out, err } = await imported(t, {
    'a.proto': `syntax = "proto3";\n${comment}message A { string id = 1; }`,
  })
  t.is(code, 0, err)
  t.regex(out, /1 message\tnew\n$/)
})

/** Many messages, each with a field of the one before it. */
const many: Readonly<Record<string, (list: (of: (n: number, before: number) => string) => string[]) => string>> = {
  'a.proto': list =>
    `syntax = "proto3";\n${list((n, next) => `message M${n} { string id = 1; M${next} other = 2; }`).join('\n')}`,
  'a.thrift': list =>
    list((n, next) => `struct M${n} { 1: string id, ${n === 0 ? '' : `2: M${next} other`} }`).join('\n'),
  'a.avpr': list => {
    const types = list(
      (n, next) =>
        `{"type":"record","name":"M${n}","fields":[{"name":"id","type":"string"}` +
        `${n === 0 ? '' : `,{"name":"next","type":["null","M${next}"]}`}]}`,
    )
    return `{"protocol":"A","types":[${types.join(',')}],"messages":{}}`
  },
  'a.json': list => {
    const schemas = list((n, next) => `"M${n}":{"properties":{"next":{"$ref":"#/components/schemas/M${next}"}}}`)
    return `{"openapi":"3.1.0","info":{"title":"a","version":"1"},"paths":{},"components":{"schemas":{${schemas.join(',')}}}}`
  },
}

for (const [name, write] of Object.entries(many))
  test(`10,000 messages of ${name} are imported`, async t => {
    const text = write(of => Array.from({ length: 10_000 }, (_, n) => of(n, Math.max(0, n - 1))))
    const { code, out, err } = await imported(t, { [name]: text })
    t.is(code, 0, err)
    t.regex(out, /10000 messages\tnew\n$/)
  })

/** A server, and a port before it whose connections can be cut. */
async function cuttable(t: ExecutionContext) {
  let began = () => {}
  const busy = new Promise<void>(resolve => {
    began = resolve
  })
  class Watched extends HelloService {
    override hang(call?: Call): Promise<void> {
      began()
      return super.hang(call)
    }
  }
  const server = await serve([new Watched()], { port: 0, host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  const sockets = new Set<Socket>()
  const front = createServer(client => {
    const back = connect({ host: '127.0.0.1', port: server.port })
    for (const socket of [client, back]) sockets.add(socket.on('error', () => {}))
    client.pipe(back).pipe(client)
  })
  await once(front.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => front.close())
  return {
    /** Resolves when `hang` has begun. */
    busy,
    at: `127.0.0.1:${(front.address() as AddressInfo).port}`,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    /** The server is gone: its connections break, and nothing listens any more. */
    async die() {
      front.close()
      for (const socket of sockets) socket.destroy()
      await once(front, 'close')
    },
  }
}

const hello = join(root, 'build/test/fixtures/hello.js')
const contract = ['-c', hello]
/** For a slow machine. */
const patient = ['--connect-timeout', '100s', '--timeout', '100s']

/** A mistake of the user: one line, with a line to paste below it at most, and nothing on stdout. */
async function mistaken(t: ExecutionContext, line: readonly string[], wanted: RegExp) {
  const { code, out, err } = await polywire(line)
  t.deepEqual([code, out], [2, ''], `${line.join(' ')}: ${err}`)
  t.regex(err, /^polywire: [^\n]+\n(?: {2}[^\n]*\n)*$/, line.join(' '))
  t.regex(err, wanted, line.join(' '))
  t.notRegex(err, /fault of polywire|^\s+at .*:\d+:\d+\)?$/m)
}

/** Every command that reads a contract, up to its name. */
const readers = [
  ['call', 'grpc://127.0.0.1:1', 'A', '-c'],
  ['bench', 'grpc://127.0.0.1:1', 'A', '-c'],
  ['tap', '127.0.0.1:0', '127.0.0.1:1', '-c'],
  ['ls', '-c'],
  ['describe', '-c'],
  ['explain'],
  ['check'],
  ['lock'],
]

test('a contract that is missing, or a folder, is one line, whatever its format and whichever command reads it', async t => {
  const cwd = await folder(t)
  await mkdir(join(cwd, 'folder.avdl'))
  for (const name of ['a.proto', 'a.thrift', 'a.avdl', 'a.avpr', 'a.avsc', 'a.binpb', 'a.lock.json', 'a.js', 'a.ts'])
    await mistaken(t, ['ls', '-c', join(cwd, name)], /a\.\w+/)
  for (const reader of readers) {
    await mistaken(t, [...reader, join(cwd, 'a.avdl')], /a\.avdl/)
    await mistaken(t, [...reader, join(cwd, 'folder.avdl')], /folder\.avdl/)
  }
  await mistaken(t, ['export', join(cwd, 'a.js'), '--proto'], /a\.js/)
  await mistaken(t, ['init', join(cwd, 'new'), '--from', join(cwd, 'a.avdl')], /a\.avdl/)
})

test('a contract that cannot be read is one line with its place, whichever command reads it', async t => {
  const cwd = await folder(t)
  const files = { 'a.avdl': 'protocol A { record B { string } }', 'a.binpb': 'x', 'a.lock.json': '{"schema":' }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(cwd, name), text)
    await mistaken(t, ['ls', '-c', join(cwd, name)], /a\.\w+/)
  }
  for (const reader of readers) await mistaken(t, [...reader, join(cwd, 'a.avdl')], /a\.avdl:1:\d+: /)
})

test('a server that is out of reach exits with 78, whichever command asks it', async t => {
  for (const line of [
    ['bench', 'grpc://127.0.0.1:1', 'Ping', ...contract, '--warmup', '10ms'],
    ['bench', ':1', 'Ping'],
    ['call', 'ws://127.0.0.1:1', 'Ping', ...contract],
    ['call', 'http2://127.0.0.1:1', 'Ping', ...contract],
    ['call', 'avro://127.0.0.1:1', 'Ping', ...contract],
    ['call', 'thrift://127.0.0.1:1', 'Ping', ...contract],
    ['health', 'ws://127.0.0.1:1'],
    ['check', hello, '--against', 'grpc://127.0.0.1:1'],
  ]) {
    const { code, out, err } = await polywire([...line, ...patient])
    t.deepEqual([code, out], [78, ''], `${line.join(' ')}: ${err}`)
    t.regex(err, /^unavailable: 127\.0\.0\.1:1 refused the connection; nothing listens there\n/, line.join(' '))
  }
})

test('with --json the report of a failure has the endpoint', async t => {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  const at = `127.0.0.1:${server.port}`
  const load = ['--warmup', '50ms', '--rate', '100', '--json']
  for (const [line, exit, endpoint] of [
    [['call', ':1', 'Ping', '--json'], 78, '127.0.0.1:1'],
    [['call', 'grpc://127.0.0.1:1', 'Ping', '--json'], 78, '127.0.0.1:1'],
    [['call', `grpc://${at}`, 'Ping', '--json'], 76, at],
    [['health', 'grpc://127.0.0.1:1', '--json'], 78, '127.0.0.1:1'],
    [['health', `grpc://${at}`, '--timeout', '0ms', '--json'], 68, at],
    [['bench', 'grpc://127.0.0.1:1', 'Ping', ...contract, ...load], 78, '127.0.0.1:1'],
    [['bench', `grpc://${at}`, 'Fail', 'how=aborted', ...contract, ...load], 74, at],
  ] as const) {
    const { code, out } = await polywire(['--connect-timeout', '100s', ...line])
    t.like(JSON.parse(out), { schema: 'polywire.error/1', from: 'call', exit, endpoint }, line.join(' '))
    t.is(code, exit)
  }
})

test('a method that the contract does not have is named with the nearest, whichever command takes it', async t => {
  for (const line of [
    ['call', 'thrift://127.0.0.1:1', 'Pin', ...contract],
    ['bench', 'avro://127.0.0.1:1', 'Pin', ...contract],
    ['bench', 'grpc://127.0.0.1:1', '--mix', 'Pin:1', ...contract],
    ['describe', 'Pin', ...contract],
    ['explain', hello, 'Pin'],
  ])
    await mistaken(t, line, /no method Pin\. Did you mean Ping\?\n/)
})

test('JSON that is wrong is shown with its place, from every source', async t => {
  const file = join(await folder(t), 'requests.json')
  await writeFile(file, '{"upTo": 1}\n{"upTo": [}')
  const place = /^polywire: (?:request, )?line \d+, column \d+: .+\n {2}.+\n {2} *\^\n$/
  const to = ['grpc://127.0.0.1:1', 'Watch']
  for (const command of ['call', 'bench'])
    for (const data of [['{"upTo" 1}'], ['-d', '{"upTo": tru}'], [`@${file}`], ['{"upTo":1.5}'], ['{"upTo":1}}']])
      await mistaken(t, [command, ...to, ...data, ...contract], /line \d+, column \d+/)
  const { code, err } = await polywire(['call', ...to, '-', ...contract], '{"upTo":\n\n"x"}')
  t.is(code, 2)
  t.regex(err, place)
})

test('flags and targets that make no sense are one line', async t => {
  for (const [line, wanted] of [
    [['call', 'gopher://a', 'Ping', ...contract], /gopher/],
    [['call', 'grpc://', 'Ping', ...contract], /invalid address/],
    [['call', '127.0.0.1', 'Ping', ...contract], /not a target/],
    [['call', ':1', 'Ping', '--timeout'], /--timeout needs a value/],
    [
      ['call', 'grpc://127.0.0.1:1', 'Ping', '--cacert', 'no.pem', ...contract],
      /--cacert no\.pem cannot be read: no such file/,
    ],
    [['call', 'grpc://127.0.0.1:1', 'Ping', '--codec', 'yaml', ...contract], /yaml/],
    [['call', 'avro://127.0.0.1:1', 'Ping', '--compression', 'gzip', ...contract], /avro does not compress/],
    [['call', 'grpc://127.0.0.1:1', 'Watch', '-H', 'x', ...contract], /-H/],
    [['bench', 'grpc://127.0.0.1:1', 'Ping', '--rate', 'many', ...contract], /--rate/],
    [['bench', 'grpc://127.0.0.1:1', 'Ping', '--fail-if', 'p99', ...contract], /--fail-if/],
    [['ls', ':1', '--color', 'sometimes'], /^polywire: --color must be auto, always or never, got "sometimes"\n$/],
    [['import', 'a.proto', '-o', ''], /^polywire: -o needs a value: -o DIR\n$/],
    [['lock', hello, '--check', '-o', root], /cannot be read: illegal operation on a directory\n$/],
    [['tap', 'nowhere', ':1'], /nowhere/],
    [['completion', 'tcsh'], /tcsh/],
    [['init', 'x', '--package', 'pip'], /--package/],
    [['explain', 'no_such_reason'], /no_such_reason/],
  ] as const)
    await mistaken(t, line, wanted)
})

const stack = /^ {4}at /m

for (const wire of ['grpc', 'http', 'http2', 'ws'])
  test(`a server that dies in the middle of a stream over ${wire} leaves what arrived, and one line`, async t => {
    const { at, cut } = await cuttable(t)
    // The service sends two messages and waits.
    const call = begun(['call', `${wire}://${at}`, 'Chat', '-', ...contract, ...patient], {
      stdin: '{"n":1} {"n":2}',
      keepsStdin: true,
    })
    await call.printed('{"n":2}\n{"n":4}\n')
    cut()
    const { code, out, err } = await call.ended
    t.deepEqual([code, out], [78, '{"n":2}\n{"n":4}\n'])
    t.regex(err, /^unavailable: the server closed after 2 messages\n {2}hello\.Hello\/Chat at \S+, [\d.]+ m?s\n$/)
    t.notRegex(err, stack)
  })

for (const wire of ['grpc', 'http', 'http2', 'ws', 'thrift', 'avro'])
  test(`a server that dies before it replies over ${wire} is one line`, async t => {
    const { at, cut, busy } = await cuttable(t)
    const call = begun(['call', `${wire}://${at}`, 'Hang', ...contract, ...patient])
    await Promise.race([busy, call.ended])
    cut()
    const { code, out, err } = await call.ended
    t.deepEqual([code, out], [78, ''])
    t.regex(
      err,
      /^unavailable: the server closed the connection before it replied\n {2}hello\.Hello\/Hang at \S+, [\d.]+ m?s\n$/,
    )
    t.notRegex(err, stack)
  })

test('a target that dies in the middle of a stream is a line of tap, which runs on', async t => {
  const { at, die } = await cuttable(t)
  const tap = begun(['tap', '127.0.0.1:0', at, '--json', '--connect-timeout', '100s'])
  t.teardown(tap.interrupt)
  const [, address] = /tap on (127\.0\.0\.1:\d+) for/.exec(await tap.printed('Ctrl-C ends it')) ?? []
  const call = begun(['call', `grpc://${address}`, 'Chat', '-', ...contract, ...patient], {
    stdin: '{"n":1}',
    keepsStdin: true,
  })
  await call.printed('{"n":2}\n')
  await die()
  const end = {
    code: 'connection lost',
    reason: 'connection_lost',
    method: 'hello.Hello/Chat',
    requests: 1,
    replies: 1,
  }
  t.like(JSON.parse((await tap.printed(/polywire\.tap.*\n/)).split('\n')[0] ?? ''), end)
  t.is((await call.ended).code, 78)
  await polywire(['call', `grpc://${address}`, 'Ping', ...contract, ...patient])
  await tap.printed('cannot be reached')
  tap.interrupt()
  const { code, err } = await tap.ended
  t.is(code, 130)
  t.regex(
    err,
    /^tap on .*\n(?:warn: \S+ cannot be reached: connection refused\n)+\d+ calls?, \d+ failed, \d+ connections\n/,
  )
  t.notRegex(err, stack)
})

for (const wire of ['grpc', 'http', 'thrift', 'avro'])
  test(`a server that dies under load over ${wire} is counted, not thrown`, async t => {
    const { at, die, busy } = await cuttable(t)
    const load = ['--rate', '20', '--duration', '1s', '--warmup', '0ms', '--connect-timeout', '100s']
    const bench = begun(['bench', `${wire}://${at}`, 'Hang', ...contract, ...load, '--timeout', '100s'])
    await Promise.race([busy, bench.ended])
    await die()
    const { code, out, err } = await bench.ended
    t.true(code === 0 || out.startsWith('do not trust'), `${code}`)
    t.is(err, '')
    t.regex(out, /\n {2}ok +0 +0\.0\/s\n {2}failed +20 +100\.00 %\n {2}unfinished +0\n/)
    t.regex(out, /\n {2}failed +\d+ {4}unavailable: /)
    t.notRegex(out, stack)
  })

test('a stack is printed only by --debug', async t => {
  for (const line of [
    ['call', 'grpc://127.0.0.1:1', 'Ping', ...contract],
    ['call', 'grpc://127.0.0.1:1', 'Pin', ...contract],
    ['ls', 'grpc://127.0.0.1:1'],
    ['health', 'thrift://127.0.0.1:1'],
    ['lock', 'no.avdl'],
  ]) {
    t.notRegex((await polywire(line)).err, stack, line.join(' '))
    t.regex((await polywire([...line, '--debug'])).err, stack, line.join(' '))
  }
})
