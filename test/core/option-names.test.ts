import test from 'ava'
import { fetchHandler } from '../../src/fetch/handler.js'
import { honoMiddleware } from '../../src/fetch/hono.js'
import { connect, expressMiddleware, fastifyPlugin, koaMiddleware, RpcError, serve } from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'

const functions = {
  serve: (options: object) => serve([HelloService], options),
  connect: async (options: object) => connect(Hello, 'grpc://127.0.0.1:1', options),
  koaMiddleware: async (options: object) => koaMiddleware([HelloService], options),
  expressMiddleware: async (options: object) => expressMiddleware([HelloService], options),
  fastifyPlugin: async (options: object) => fastifyPlugin([HelloService], options),
  fetchHandler: async (options: object) => fetchHandler([HelloService], options),
  honoMiddleware: async (options: object) => honoMiddleware([HelloService], options),
}

for (const [name, call] of Object.entries(functions)) {
  test(`${name} refuses an option that does not exist`, async t => {
    const error = await t.throwsAsync(call({ limit: {} }), { instanceOf: RpcError })
    t.regex(error.message, new RegExp(`^${name} has no option "limit"; it has .*limits`))
    t.is(error.reason, 'misplaced_option')
  })

  test(`${name} refuses options that are no object`, async t => {
    const error = await t.throwsAsync(call(8080 as never), { instanceOf: RpcError })
    t.is(error.message, `${name}: its options must be an object, got 8080`)
  })
}
