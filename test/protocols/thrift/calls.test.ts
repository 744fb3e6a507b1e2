import test from 'ava'
import { Code, connect, disconnect, type RpcError, serve } from '../../../src/index.js'
import { DivisionByZero, Everything, everything, Hello, HelloService } from '../../fixtures/thrift/hello.js'

async function pair(query = '', limits = {}) {
  const service = new HelloService()
  const reported: unknown[] = []
  const server = await serve([service], { limits, host: '127.0.0.1', report: error => reported.push(error) })
  const hello = connect(Hello, `thrift://${server.address}${query}`)
  return { service, server, hello, reported, close: () => Promise.all([disconnect(hello), server.close()]) }
}

const manners = ['framed', 'buffered', 'header', 'http'].flatMap(transport =>
  ['binary', 'compact'].map(codec => `?transport=${transport}&codec=${codec}`),
)

for (const query of [...manners, '?transport=header&compression=zlib', '?codec=json', '?codec=json&transport=http']) {
  test(`every type and every outcome: ${query}`, async t => {
    const { hello, service, close, reported } = await pair(query)
    t.is(await hello.sayHello('World'), 'Hello, World!')
    const reply = await hello.echo(everything())
    t.true(reply instanceof Everything)
    t.deepEqual(reply, everything())
    t.is(await hello.divide(1, 4), 0.25)
    t.is(await hello.add(2n ** 63n - 1n, 0n), 2n ** 63n - 1n)
    t.is(await hello.add(-(2n ** 63n), 0n), -(2n ** 63n))
    t.is(await hello.ping(), undefined)
    t.is(await hello.maybe(true), 'there')
    t.is(await hello.maybe(false), undefined)
    t.is(await hello.sayHello(''), 'Hello, !')
    t.is((await hello.reverse(new Uint8Array(0))).length, 0)
    const large = new Uint8Array(1024 * 1024).map((_, at) => at)
    t.true(Buffer.from(large.toReversed()).equals(await hello.reverse(large)))
    await hello.notify('seen')
    t.is(await hello.lastNotice(), 'seen')
    const error = (await t.throwsAsync(hello.divide(7, 0))) as DivisionByZero
    t.true(error instanceof DivisionByZero)
    t.is(error.dividend, 7)
    t.is(error.message, 'cannot divide by zero')
    t.is(error.code, Code.invalid_argument)
    const failed = (await t.throwsAsync(hello.fail('not_found'))) as RpcError
    t.is(failed.code, Code.not_found)
    t.is(failed.message, 'failed with not_found')
    t.is(failed.headers?.get('x-why'), 'not_found')
    const undeclared = (await t.throwsAsync(hello.fail('undeclared'))) as RpcError
    t.false(undeclared instanceof DivisionByZero)
    t.is(undeclared.code, Code.invalid_argument)
    const internal = (await t.throwsAsync(hello.fail('error'))) as RpcError
    t.is(internal.code, Code.internal)
    t.notRegex(internal.message, /secret/)
    t.is(reported.length, 1)
    t.is(service.calls, 4)
    await close()
  })
}
