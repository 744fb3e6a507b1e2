import test, { type ExecutionContext } from 'ava'
import type { BalancerFactory, Node } from '../../../src/extend.js'
import { balanced, Code, connect, disconnect, RpcError, serve, withCall } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { failure } from '../../support/calls.js'

// With the default policies no promise stands between a unary call and its exchange, so that its end is told from within the parser.

async function served(t: ExecutionContext, balancer?: BalancerFactory): Promise<Hello> {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', protocols: ['grpc'] })
  const policies = balancer === undefined ? [] : [balanced(balancer)]
  const hello = connect(Hello, `grpc://${server.address}`, { policies })
  t.teardown(async () => {
    await disconnect(hello)
    await server.close()
  })
  return hello
}

test('a balancer that throws at the end of a call fails that call, and the connection serves the others', async t => {
  let node: Node | undefined
  let throws = false
  const hello = await served(t, () => ({
    update: nodes => {
      node = nodes[0]
    },
    pick: () => node,
    done: () => {
      if (throws) throw new RpcError('its books are wrong', Code.internal)
    },
  }))
  await hello.ping()
  throws = true
  // One call succeeds but for the balancer, and the other fails anyway.
  const failures = await Promise.all([failure(hello.ping()), failure(hello.divide(1, 0))])
  t.deepEqual(
    failures.map(({ message }) => message),
    ['its books are wrong', 'its books are wrong'],
  )
  throws = false
  await t.notThrowsAsync(hello.ping())
})

test('a call that is cancelled before it begins or while it waits rejects, and the next one works', async t => {
  const hello = await served(t)
  await hello.ping()
  const early = withCall(hello, { signal: AbortSignal.abort() })
  t.is((await failure(early.ping())).code, Code.canceled)
  const controller = new AbortController()
  const late = failure(withCall(hello, { signal: controller.signal }).ping())
  controller.abort()
  t.is((await late).code, Code.canceled)
  await hello.ping()
})
