import test from 'ava'
import { connect, serve } from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'

test('a call that is returned without await out of a block of await using says so', async t => {
  await using server = await serve([HelloService], { host: '127.0.0.1', port: 0 })
  const call = async () => {
    await using hello = connect(Hello, `grpc://${server.address}`)
    return hello.divide(4, 2)
  }
  await t.throwsAsync(call(), { message: /\/Divide: its channel was closed first; await the call inside the block/ })
})
