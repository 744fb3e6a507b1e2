import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { ruleTexts } from '../../src/idl/check/rules.js'
import { polywire, root } from './cli.js'
import { folder } from './folder.js'

const hello = join(root, 'build/test/fixtures/hello.js')

test('explain shows the policies of a method, and who said so', async t => {
  const { code, out, err } = await polywire(['explain', hello, 'SayHello'])
  t.deepEqual({ code, err }, { code: 0, err: '' })
  t.is(
    out,
    [
      'hello.Hello',
      '  SayHello (unary, safe)',
      '    call    timeout(30000 ms) [default] > failover(transparent) [default]',
      '    attempt balanced(adaptive) [default]',
      '    worst   30000 ms, 1 attempt',
      '',
    ].join('\n'),
  )
  const all = await polywire(['explain', hello])
  t.true(all.out.includes('\n  Divide (unary, idempotent)\n'))
})

test('on a terminal a stage that is too long goes on below its first policy', async t => {
  const config = join(await folder(t), 'policies.json')
  const retryPolicy = {
    maxAttempts: 4,
    initialBackoff: '0.05s',
    maxBackoff: '1s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  }
  await writeFile(config, JSON.stringify({ methodConfig: [{ name: [{ service: 'hello.Hello' }], retryPolicy }] }))
  const { out } = await polywire(['explain', hello, 'SayHello', '--config', config], { columns: 80 })
  t.deepEqual(out.split('\n').slice(2, 6), [
    '    call    timeout(30000 ms) [default]',
    '            > retry(4 attempts, backoff 50 ms x2 up to 1000 ms, idempotent or not) [configuration]',
    '            > failover(transparent) [default]',
    '    attempt balanced(adaptive) [default]',
  ])
  const piped = await polywire(['explain', hello, 'SayHello', '--config', config])
  t.regex(piped.out, /\n {4}call {4}timeout\S+ ms\) \[default\] > retry\(.* > failover\(transparent\) \[default\]\n/)
})

test('a configuration counts, and --json has the same as data', async t => {
  const config = join(await folder(t), 'policies.json')
  const entry = { name: [{ service: 'hello.Hello', method: 'SayHello' }], policies: { timeout: { total: '1s' } } }
  await writeFile(config, JSON.stringify({ methodConfig: [entry] }))
  const { out } = await polywire(['explain', hello, 'SayHello', '--config', config, '--json'])
  const { schema, methods } = JSON.parse(out) as { schema: string; methods: object[] }
  t.is(schema, 'polywire.explain/1')
  t.is(methods.length, 1)
  t.like(methods[0], {
    name: 'hello.Hello/SayHello',
    idempotency: 'safe',
    stages: {
      call: [{ policy: 'timeout', options: 'timeout(1000 ms)', from: 'configuration' }, { policy: 'failover' }],
    },
    worst: { ms: 1000, attempts: 1 },
  })
  await writeFile(config, '{"methodConfig": five}')
  const wrong = await polywire(['explain', hello, '--config', config])
  t.deepEqual([wrong.code, wrong.out], [2, ''])
  t.true(wrong.err.includes(`${config}:1:18`), wrong.err)
  t.is((await polywire(['explain', hello, '--config', 'no.json'])).code, 2)
})

test('a reason and a code are explained as docs/reference/errors.md does', async t => {
  t.is(
    (await polywire(['explain', 'circuit_open'])).out,
    'circuit_open   unavailable, at the caller\n  Too many calls to the endpoint failed, so this one was not sent. ' +
      'The message says when the next one is tried. polywire call shows the failure behind it, since it has no breaker.\n',
  )
  t.is((await polywire(['explain', 'draining', '--json'])).code, 0)
  const code = (await polywire(['explain', 'unavailable'])).out
  t.regex(code, /^unavailable {3}14; polywire exits with 78\n {2}raised as .*circuit_open/)
})

test('a rule of check is explained with its source and the wires that it decides', async t => {
  t.is(
    (await polywire(['explain', 'FIELD_SAME_NAME'])).out,
    'FIELD_SAME_NAME   a rule of buf (WIRE_JSON, PACKAGE, FILE); json, callers\n' +
      '  A field has another name. JSON by field names, and code that uses it, no longer find it.\n',
  )
  t.regex(
    (await polywire(['explain', 'thrift_field_removed'])).out,
    /^THRIFT_FIELD_REMOVED {3}a check of thrift --audit; thrift\n/,
  )
  t.regex((await polywire(['explain', 'AVRO_TYPE_MISMATCH (FORWARD)'])).out, /^AVRO_TYPE_MISMATCH {3}.*; avro\n/)
  const { out } = await polywire(['explain', 'ENUM_NO_DELETE', '--json'])
  t.like(JSON.parse(out), { schema: 'polywire.explain/1', name: 'ENUM_NO_DELETE', columns: ['callers with --strict'] })
})

test('every rule that check can name is in the table', async t => {
  const folder = join(root, 'src/idl/check')
  const files = await Promise.all((await readdir(folder)).map(name => readFile(join(folder, name), 'utf8')))
  const named = files.flatMap(
    text =>
      text.match(/(?<=')(?:THRIFT|AVRO|FIELD|ENUM|MESSAGE|RPC|FILE|ONEOF|PACKAGE|RESERVED|SERVICE)_[A-Z_]+(?=')/g) ??
      [],
  )
  t.true(named.length > 30)
  for (const name of named) {
    const isKnown = ['', 'THRIFT_', 'AVRO_'].some(prefix => Object.hasOwn(ruleTexts, prefix + name))
    t.true(isKnown, name)
  }
  for (const text of Object.values(ruleTexts)) t.regex(text, /^[A-Z@].*\.$/)
})

test('explain says what it takes', async t => {
  const nothing = await polywire(['explain'])
  t.is(nothing.err, 'polywire: explain takes MODULE [METHOD], a reason, a code or a rule\n  polywire help explain\n')
  const typo = await polywire(['explain', hello, 'SayHelo'])
  t.deepEqual(
    [typo.code, typo.err.split('\n')[0]],
    [2, 'polywire: hello.Hello has no method SayHelo. Did you mean SayHello?'],
  )
})
