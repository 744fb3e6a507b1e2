import test from 'ava'
import { readArguments } from '../../src/cli/arguments.js'
import type { Command } from '../../src/cli/command.js'
import { commands } from '../../src/cli/commands.js'
import { lineOf, type ShownCall } from '../../src/cli/tap/lines.js'
import { begin } from '../../src/cli/tap/seen.js'
import { Sums } from '../../src/cli/tap/sums.js'
import type { Terminal } from '../../src/cli/terminal.js'

const tap = commands.find(({ name }) => name === 'tap') as Command

function shown(time: string, wire: string, method: string, rest: object): ShownCall {
  const { ms, ...counts } = { ms: 0, ...rest }
  const call = { ...begin(wire, method), code: 'ok', requests: 1, replies: 1, ...counts }
  const at = new Date(`2026-11-29T${time}`)
  return { call, at, ms, peer: '127.0.0.1:1', streamsIn: false, streamsOut: false, messages: undefined }
}

const calls = [
  shown('14:02:11.208', 'grpc', 'hello.Hello/SayHello', { ms: 2.1, sent: 7, received: 15 }),
  shown('14:02:11.530', 'http', 'hello.Hello/SayHello', { code: 'invalid_argument', ms: 1.2, sent: 2, received: 97 }),
  shown('14:02:12.911', 'grpc', 'hello.Hello/Count', { ms: 12, replies: 3, sent: 2, received: 6 }),
  shown('14:02:13.000', 'avro', 'hello.Hello/SayHello', {
    code: 'failed_precondition',
    ms: 30_000,
    sent: 123_456,
    received: 9,
  }),
]

test('calls have columns on a terminal, and long cells keep a distance', t => {
  const terminal = { isJson: false, width: 100, paint: (_, text) => text } as Partial<Terminal> as Terminal
  const typed = readArguments(['tap'], tap, commands)
  t.is(
    calls.map(call => lineOf(call, typed, terminal)).join(''),
    `14:02:11.208  grpc    hello.Hello/SayHello      ok                  2.1 ms     7 B > 15 B
14:02:11.530  http    hello.Hello/SayHello      invalid_argument    1.2 ms     2 B > 97 B
14:02:12.911  grpc    hello.Hello/Count         ok, 3 replies      12.0 ms     2 B > 6 B
14:02:13.000  avro    hello.Hello/SayHello      failed_precondition  30000.0 ms  123456 B > 9 B
`,
  )
})

test('the last lines count calls, connections and what could not be read', t => {
  const sums = new Sums()
  t.is(sums.text(false), '0 calls, 0 failed, 0 connections\n')
  sums.connections = 2
  for (const { call } of calls.slice(0, 3)) sums.add(call)
  t.is(sums.text(false), '3 calls, 1 failed, 2 connections\n')
  for (const call of calls.slice(1, 3)) sums.addFrames(call)
  sums.unreadConnections = 1
  t.is(
    sums.text(false),
    '3 calls, 1 failed, 2 connections\nunread: 5 frames, no contract\nunread: 1 connection, TLS or an unknown protocol\n',
  )
})
