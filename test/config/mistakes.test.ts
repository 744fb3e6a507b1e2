// What is wrong in a configuration, and how the error says where.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parseConfig } from '../../src/config/parse-config.js'
import { connect, fileConfig, Method, nothing, RpcError, Service, serve } from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'

const broken: readonly (readonly [text: string, place: string])[] = [
  ['', '1:1: not JSON: the text ends too early'],
  ['{\n  "a": 1,\n}', '3:1: not JSON: unexpected "}"'],
  ['{\n  "a": foo\n}', '2:8: not JSON: unexpected "foo"'],
  ['{ "a": 1 "b": 2 }', '1:10: not JSON: unexpected "\\""'],
  ['{ "a" 1 }', '1:7: not JSON: unexpected "1"'],
  ['{ a: 1 }', '1:3: not JSON: unexpected "a"'],
  ['{ "a": [1, ] }', '1:12: not JSON: unexpected "]"'],
  ['{ "a": 01 }', '1:8: not JSON: unexpected "01"'],
  ['[{ "a": { "b": true } }', '1:24: not JSON: the text ends too early'],
  ['{} // done', '1:4: not JSON: unexpected "/"'],
  ['{ "a": "open }', '1:8: not JSON: unexpected "\\""'],
  ['{ "a": "\\x" }', '1:8: not JSON: unexpected "\\""'],
  ['{ "a": [{ "b": "c" }, null, -1.5e3, "d"], "e": nul }', '1:48: not JSON: unexpected "nul"'],
]

for (const [text, place] of broken)
  test(`text that is not JSON is refused with its place: ${JSON.stringify(text)}`, t => {
    const error = t.throws(() => parseConfig(text, 'policies.json'), { instanceOf: RpcError }) as RpcError
    t.is(error.reason, 'invalid_config')
    t.is(error.message, `config policies.json:${place}`)
  })

test('a file that is not JSON is named with the line, by connect and by serve', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-config-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'policies.json')
  await writeFile(path, '{\n  "methodConfig": [\n    { "name": [{}], "timeout": 2s }\n  ]\n}\n')
  const config = fileConfig(path)
  const message = `config ${path}:3:32: not JSON: unexpected "2s"`
  t.throws(() => connect(Hello, 'memory://nowhere', { config }), { instanceOf: RpcError, message })
  await t.throwsAsync(serve([HelloService], { port: false, config }), { message })
})

const names = (...services: string[]) => ({
  methodConfig: services.map(service => ({ name: [{ service }], timeout: '1s' as const })),
})

for (const service of ['hello.Helo', 'hello.hello', 'Hello.Hello', 'hello.Hello2x', 'Hello', 'helo.Helo'])
  test(`a misspelt service is refused: ${service}`, async t => {
    const config = names(service)
    const message = `config methodConfig: there is no service "${service}"; write "hello.Hello"`
    const error = t.throws(() => connect(Hello, 'memory://nowhere', { config }), { message }) as RpcError
    t.is(error.reason, 'invalid_config')
    await t.throwsAsync(serve([HelloService], { port: false, config }), { message })
  })

@Service('shop.Orders')
class Orders {
  @Method(nothing) async ping(): Promise<void> {}
}

test('a configuration may be shared: it names services that are elsewhere', t => {
  for (const config of [
    names('hello.Hello', 'shop.Order', 'shop.Orders', 'payments.Ledger'),
    names('payments.Ledger'),
    names('shop.v1.Orders'),
  ])
    t.notThrows(() => connect(Orders, 'memory://nowhere', { config }))
})

test('two versions of a service are two services', t => {
  @Service('shop.v2.Orders')
  class Second {
    @Method(nothing) async ping(): Promise<void> {}
  }
  t.notThrows(() => connect(Second, 'memory://nowhere', { config: names('shop.v1.Orders') }))
})
