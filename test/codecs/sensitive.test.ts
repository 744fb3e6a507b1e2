import test from 'ava'
import { builtInCodecs } from '../../src/codecs/built-in.js'
import { asInvalidMessage, Fault, keyStep, within } from '../../src/codecs/values/fault.js'
import { redacted } from '../../src/codecs/values/redact.js'
import type { RpcError } from '../../src/core/rpc-error.js'
import { readMessage as messageOf } from '../../src/decorators/read-message.js'
import {
  connect,
  disconnect,
  Field,
  int32,
  listOf,
  Message,
  Method,
  mapOf,
  oneOf,
  Service,
  serve,
  string,
} from '../../src/index.js'

@Message('vault.Card')
class Card {
  @Field(1, int32, { sensitive: true }) pin = 0
  @Field(2, int32) limit = 0
}

@Message('vault.Login')
class Login {
  @Field(1, listOf(Card)) cards: Card[] = []
  @Field(2, mapOf(string, int32), { sensitive: true }) tokens = new Map<string, number>()
  @Field(oneOf({ code: [3, int32], word: [4, string] }), { sensitive: true }) secret?:
    | { case: 'code'; value: number }
    | { case: 'word'; value: string }
    | undefined
}

@Service('vault.Vault')
class Vault {
  @Method({ accepts: Login, returns: Login }) async open(login: Login): Promise<Login> {
    if (login.cards.length === 0) return { ...login, cards: [{ pin: 98_765_432_101, limit: 0 }] }
    return login
  }
}

const secret = 98_765_432_109
const shown = /9876543|98_?765|hush/

const wrong: readonly [string, Partial<Login>][] = [
  ['a field of a message in a list', { cards: [{ pin: secret, limit: 1 }] }],
  ['a map, with its keys', { tokens: new Map([['hush', secret]]) }],
  ['the case of a oneOf', { secret: { case: 'code', value: secret } }],
]

for (const codec of builtInCodecs) {
  const serializer = codec.compile(messageOf(Login), { depth: 64, values: 1000 })

  for (const [what, fields] of wrong)
    test(`${codec.name}: a value that cannot be written is not shown: ${what}`, t => {
      const error = t.throws(() => serializer.encode(Object.assign(new Login(), fields))) as RpcError
      t.notRegex(error.message, shown)
      t.regex(error.message, /(pin|tokens|secret|code): the value is not valid \(it is sensitive/)
    })

  test(`${codec.name}: the value of another field is shown as before`, t => {
    const error = t.throws(() => serializer.encode(Object.assign(new Login(), { cards: [{ pin: 1, limit: secret }] })))
    t.regex(String(error), /cards\[0\]\.limit: .*98765432109|limit: expected int32/)
  })
}

test('a value that cannot be read is not shown either', t => {
  const limits = { depth: 64, values: 1000 }
  const read = (name: string, text: string) => {
    const codec = builtInCodecs.find(one => one.name === name)
    return t.throws(() => codec?.compile(messageOf(Login), limits).decode(Buffer.from(text)))?.message ?? ''
  }
  for (const message of [
    read('json', `{"cards":[{"pin":${secret}}]}`),
    read('json', '{"tokens":{"hush":"hush"}}'),
    read('json', '{"code":"hush"}'),
    read('xml', '<Login xmlns="vault"><cards><pin>hush</pin></cards></Login>'),
  ]) {
    t.notRegex(message, shown)
    t.true(message.length > 0)
  }
})

test('a Fault within a sensitive field loses its value, its cause and the places within', t => {
  const fault = new Fault('expected int32, got number 98765432109')
  fault.cause = new Error('hush')
  const error = asInvalidMessage(
    redacted(within(within(fault, keyStep('hush')), 'tokens'), messageOf(Login)),
    'vault.Login',
  )
  t.is((error as RpcError).message, 'tokens: the value is not valid (it is sensitive, so it is not shown)')
  t.is((error as RpcError).cause, undefined)
})

for (const wire of ['grpc', 'http', 'thrift', 'thrift?transport=header', 'avro', 'memory'])
  test(`${wire}: neither the caller's error nor the server's report shows a sensitive value`, async t => {
    const reports: unknown[] = []
    const memory = 'vault-memory'
    const server = await serve([Vault], { ...(wire === 'memory' && { memory }), report: error => reports.push(error) })
    const [scheme, query] = wire.split('?') as [string, string?]
    const at = scheme === 'memory' ? memory : server.address
    const vault = connect(Vault, `${scheme}://${at}${query === undefined ? '' : `?${query}`}`, { report: () => {} })
    t.teardown(async () => {
      await disconnect(vault)
      await server.close()
    })
    for (const [, fields] of wrong) {
      const error = await t.throwsAsync(vault.open(Object.assign(new Login(), { cards: [new Card()] }, fields)))
      t.notRegex(String(error), shown)
    }
    await t.throwsAsync(vault.open(new Login()))
    t.true(reports.length > 0)
    for (const report of reports) t.notRegex(`${report} ${(report as Error).cause}`, shown)
  })
