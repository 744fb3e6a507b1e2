import test, { type ExecutionContext } from 'ava'
import type { BalancerFactory, Node } from '../../../src/extend.js'
import {
  balanced,
  type CallObserver,
  Code,
  connect,
  disconnect,
  RpcError,
  serve,
  withCall,
} from '../../../src/index.js'
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

test('a call that is cancelled while its reply is decompressed ends once', async t => {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', protocols: ['grpc'] })
  let node: Node | undefined
  const ends: boolean[] = []
  const factory: BalancerFactory = () => ({
    update: nodes => {
      node = nodes[0]
    },
    pick: () => node,
    done: (_node, { failed }) => ends.push(failed),
  })
  let controller = new AbortController()
  let arrived: () => void = () => {}
  // The microtask runs when the rest of the reply has been parsed, and before its bytes come from zlib's thread.
  const observer: CallObserver = {
    callBegan: () => ({
      attemptBegan: () => ({
        ended() {},
        wireMessage: direction => direction === 'received' && queueMicrotask(arrived),
      }),
      ended() {},
    }),
  }
  const hello = connect(Hello, `grpc://${server.address}?compression=gzip`, {
    policies: [balanced(factory)],
    observers: [observer],
  })
  t.teardown(async () => {
    await disconnect(hello)
    await server.close()
  })
  const name = 'x'.repeat(10_000)
  await hello.sayHello({ name, tags: [] })
  arrived = () => controller.abort()
  for (let i = 0; i < 10; i++) {
    controller = new AbortController()
    const { signal } = controller
    t.is((await failure(withCall(hello, { signal }).sayHello({ name, tags: [] }))).code, Code.canceled)
  }
  arrived = () => {}
  await hello.sayHello({ name, tags: [] })
  t.deepEqual(ends, [false, ...new Array<boolean>(10).fill(false), false])
  t.is(node?.inFlight, 0)
})
