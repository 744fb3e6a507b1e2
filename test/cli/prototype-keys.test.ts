import { fileURLToPath } from 'node:url'
import test from 'ava'
import { serve } from '../../src/index.js'
import { EchoService } from '../fixtures/keys.js'
import { polywire } from './cli.js'

const contract = ['-c', fileURLToPath(new URL('../fixtures/keys.js', import.meta.url))]
const patience = ['--connect-timeout', '100s', '--timeout', '100s']
const names = ['__proto__', 'constructor', 'prototype', 'tostring', 'hasownproperty']

/** An object with a key that a literal would take for its prototype. */
const own = (text: string) => JSON.parse(text) as Readonly<Record<string, unknown>>
const keys = '{"__proto__":"1","constructor":"2","toString":"3"}'

const server = await serve([EchoService], { port: 0, host: '127.0.0.1', reflection: true, report: () => {} })
test.after.always(() => server.close())
const at = `127.0.0.1:${server.port}`

for (const target of [
  `grpc://${at}`,
  `http://${at}`,
  `http2://${at}`,
  `ws://${at}`,
  `thrift://${at}?transport=header`,
  `thrift://${at}?transport=http`,
  `avro://${at}`,
  `avro://${at}?transport=http`,
])
  test(`headers and keys of maps may have the names that every object has: ${target.replace(at, '')}`, async t => {
    const headers = names.flatMap(name => ['-H', `${name}: of-${name}`])
    const call = async (...data: string[]) => {
      const line = ['call', target, 'Echo', ...data, ...contract, ...headers, '--json', ...patience]
      const { code, out, err } = await polywire(line)
      t.deepEqual([code, err], [0, ''])
      return out.trim().split('\n').map(own)
    }
    for (const data of [[`{"counts":${keys}}`], ['counts.__proto__=1', 'counts.constructor=2', 'counts.toString=3']]) {
      const [first, message] = await call(...data)
      const reply = message?.message as Readonly<Record<string, unknown>>
      t.deepEqual(JSON.stringify(reply.counts), keys)
      t.deepEqual(reply.names, names)
      // The names of the reply are those that were sent, with another value.
      const sent = JSON.stringify(first?.headers)
      for (const name of names) t.true(sent.includes(`"${name}":"back"`), sent)
    }
    const text = await polywire(['call', target, 'Echo', `{"counts":${keys}}`, ...contract, ...patience])
    t.true(text.out.includes(`"counts":${keys}`), text.out)
  })

test('a field of such a name that a message does not have is unknown, in every form', async t => {
  for (const data of ['{"__proto__":{"name":"x"}}', '__proto__.name=x', 'constructor=1', '{"toString":1}']) {
    const { code, err } = await polywire(['call', `grpc://${at}`, 'Echo', data, ...contract, ...patience])
    t.is(code, 2, data)
    t.regex(
      err,
      /^polywire: request(?:, line 1, column 2)?: keys\.EchoRequest has no field (?:__proto__|constructor|toString)/,
      data,
    )
  }
})

test('headers that a wire does not have are said to be left out', async t => {
  const line = ['call', `thrift://${at}`, 'Echo', ...contract, '-H', '__proto__: x', ...patience]
  const { code, err } = await polywire(line)
  t.deepEqual(
    [code, err],
    [0, 'warn: framed Thrift has no headers, so those of -H are not sent; ?transport=header has them\n'],
  )
  t.is((await polywire([...line, '-q'])).err, '')
})

test('a template has no prototype of its own', async t => {
  const { out } = await polywire(['describe', ...contract, 'Echo', '--template'])
  t.deepEqual(own(out), { counts: {} })
})
