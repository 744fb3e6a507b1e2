import test from 'ava'
import { connect, disconnect, RpcError, serve } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { calls } from '../suites/calls.js'

calls('grpc')

test('JSON messages over gRPC, compressed both ways', async t => {
  const server = await serve([HelloService], { protocols: ['grpc'] })
  for (const target of [
    `grpc://${server.address}?codec=json`,
    `grpc://${server.address}?codec=json&compression=gzip`,
  ]) {
    const hello = connect(Hello, target)
    const name = 'ab'.repeat(5000)
    t.is((await hello.sayHello({ name, tags: [] })).message, `Hello, ${name}!`)
    await disconnect(hello)
  }
  await server.close()
})

test('a target that asks for an unknown compression is a mistake', t => {
  const error = t.throws(() => connect(Hello, 'grpc://127.0.0.1:1?compression=snappy'), { instanceOf: RpcError })
  t.regex(error?.message ?? '', /compression must be one of .*gzip.*, got "snappy"/)
})

test('ten thousand calls at once all get their own reply', async t => {
  const server = await serve([HelloService], { protocols: ['grpc'] })
  const hello = connect(Hello, `grpc://${server.address}`)
  const replies = await Promise.all(
    Array.from({ length: 10_000 }, (_, n) => hello.sayHello({ name: String(n), tags: [] })),
  )
  t.true(replies.every(({ message }, n) => message === `Hello, ${n}!`))
  await disconnect(hello)
  await server.close()
})
