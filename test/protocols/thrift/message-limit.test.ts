import test from 'ava'
import { Code, connect, disconnect, serve } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/thrift/hello.js'
import { outcome } from '../../support/calls.js'
import { message, text } from './raw.js'

const limit = 4096
const name = (size: number) => 'x'.repeat(size - message({ name: 'SayHello', fields: text('') }).length)

for (const transport of ['framed', 'header', 'buffered', 'zlib']) {
  const target = (address: string) => `thrift://${address}?transport=${transport}`

  test(`a request may have messageBytes, and not a byte more: ${transport}`, async t => {
    const limits = { messageBytes: limit, headerBytes: 2048 }
    const server = await serve([new HelloService()], { host: '127.0.0.1', report: () => {}, limits })
    t.teardown(() => server.close())
    const hello = connect(Hello, target(server.address))
    t.teardown(() => disconnect(hello))
    t.is(await hello.sayHello(name(limit)), `Hello, ${name(limit)}!`)
    const beside = [hello.slow('before', 1), hello.sayHello('before')]
    const { error } = await outcome(hello.sayHello(name(limit + 1)))
    t.like(error, { code: Code.resource_exhausted })
    t.is(await hello.sayHello('again'), 'Hello, again!')
    for (const reply of await Promise.all(beside)) t.regex(reply, /before/)
  })

  test(`a reply may have messageBytes, and not a byte more: ${transport}`, async t => {
    const server = await serve([new HelloService()], { host: '127.0.0.1', report: () => {} })
    t.teardown(() => server.close())
    const hello = connect(Hello, target(server.address), { limits: { messageBytes: limit, headerBytes: 2048 } })
    t.teardown(() => disconnect(hello))
    const around = 'Hello, !'.length
    t.is((await hello.sayHello(name(limit - around))).length, name(limit).length)
    const large = [1, 5 * limit].map(more => outcome(hello.sayHello(name(limit - around + more))))
    const beside = hello.slow('beside', 1)
    for (const { error } of await Promise.all(large))
      t.like(error, { code: Code.resource_exhausted, reason: 'message_too_large' })
    t.is(await beside, 'beside')
  })
}
