import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { serve } from '../../src/index.js'
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
  'a broken .avdl': {
    files: { 'a.avdl': 'protocol A { record B { string } }' },
    err: /^polywire: a\.avdl:1:\d+: .+\n$/,
  },
  'a broken .avsc': { files: { 'a.avsc': '{"type":"record","fields":[' }, err: /^polywire: a\.avsc: its JSON: .+\n$/ },
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
  t.regex(out, /1 message {3}new\n$/)
})

test('10,000 messages are imported', async t => {
  const messages = Array.from(
    { length: 10_000 },
    (_, n) => `message M${n} { string id = 1; M${(n + 1) % 10_000} next = 2; }`,
  )
  const { code, out, err } = await imported(t, { 'a.proto': `syntax = "proto3";\n${messages.join('\n')}` })
  t.is(code, 0, err)
  t.regex(out, /10000 messages {3}new\n$/)
})

/** A server, and a port before it whose connections can be cut. */
async function cuttable(t: ExecutionContext) {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', report: () => {} })
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
    at: `127.0.0.1:${(front.address() as AddressInfo).port}`,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

const contract = ['-c', join(root, 'build/test/fixtures/hello.js')]

for (const wire of ['grpc', 'http'])
  test(`a server that dies in the middle of a stream over ${wire} leaves what arrived, and one line`, async t => {
    const { at, cut } = await cuttable(t)
    // The service sends two messages and waits.
    const call = begun(['call', `${wire}://${at}`, 'Chat', '-', ...contract], {
      stdin: '{"n":1} {"n":2}',
      keepsStdin: true,
    })
    await call.printed('{"n":2}\n{"n":4}\n')
    cut()
    const { code, out, err } = await call.ended
    t.deepEqual([code, out], [78, '{"n":2}\n{"n":4}\n'])
    t.regex(err, /^unavailable: .+ after 2 messages\n {2}hello\.Hello\/Chat at \S+, [\d.]+ m?s\n$/)
    t.notRegex(err, /^\s+at .*:\d+:\d+\)?$/m)
  })

test('a stack is printed only by --debug', async t => {
  const line = ['call', 'grpc://127.0.0.1:1', 'Ping', ...contract]
  const stack = /^ {4}at /m
  t.notRegex((await polywire(line)).err, stack)
  t.regex((await polywire([...line, '--debug'])).err, stack)
})
