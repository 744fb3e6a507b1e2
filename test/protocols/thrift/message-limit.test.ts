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
    const { error } = await outcome(hello.sayHello(name(limit + 1)))
    t.like(error, { code: Code.resource_exhausted })
    t.is(await hello.sayHello('again'), 'Hello, again!')
  })

  test(`a reply may have messageBytes, and not a byte more: ${transport}`, async t => {
    const server = await serve([new HelloService()], { host: '127.0.0.1', report: () => {} })
    t.teardown(() => server.close())
    const hello = connect(Hello, target(server.address), { limits: { messageBytes: limit, headerBytes: 2048 } })
    t.teardown(() => disconnect(hello))
    const around = 'Hello, !'.length
    t.is((await hello.sayHello(name(limit - around))).length, name(limit).length)
    const { error } = await outcome(hello.sayHello(name(limit - around + 1)))
    t.like(error, { code: Code.resource_exhausted, reason: 'message_too_large' })
  })
}
