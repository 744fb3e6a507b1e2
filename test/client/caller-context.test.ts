import { AsyncLocalStorage } from 'node:async_hooks'
import test from 'ava'
import type { CallObserver } from '../../src/core/call-observer.js'
import type { BalancerFactory, Node } from '../../src/extend.js'
import {
  balanced,
  connect,
  disconnect,
  Method,
  rateLimit,
  Safe,
  Service,
  serve,
  string,
  use,
  withCall,
} from '../../src/index.js'

const callers = new AsyncLocalStorage<string>()

@Service('test.Context')
class Context {
  @Method({ returns: string }) @Safe() async answer(): Promise<string> {
    return 'yes'
  }
}

/** What user code saw, in order: `pick first`. */
function watch() {
  const seen: string[] = []
  const see = (what: string) => void seen.push(`${what}: ${callers.getStore()}`)
  const balancer: BalancerFactory = () => {
    let nodes: readonly Node[] = []
    return {
      update: next => {
        nodes = next
      },
      pick: call => {
        see('pick')
        return nodes.find(node => !call.tried?.includes(node.endpoint))
      },
    }
  }
  const policyIn = (stage: 'call' | 'attempt') =>
    use(
      next => async call => {
        see(`${stage} policy`)
        try {
          return await next(call)
        } finally {
          see(`${stage} policy after`)
        }
      },
      { name: `seen-${stage}`, stage },
    )
  const observer: CallObserver = {
    callBegan: () => {
      see('began')
      return {
        attemptBegan: () => {
          see('attempt')
          return { ended: () => see('attempt ended') }
        },
        decided: ({ action }) => see(action),
        ended: () => see('ended'),
      }
    },
  }
  return { seen, see, balancer, policyIn, observer }
}

for (const scheme of ['grpc', 'http', 'http2', 'thrift', 'avro'])
  for (const what of ['balancer', 'attempt', 'call', 'observer', 'end']) {
    test.serial(`${scheme}: ${what}`, async t => {
      const { seen, see, balancer, policyIn, observer } = watch()
      const protocols = ['grpc', 'http', 'thrift', 'avro']
      const one = await serve([Context], {
        protocols,
        policies: [rateLimit({ rate: 0.001, burst: 1 })],
        report: () => {},
      })
      const two = await serve([Context], { protocols, report: () => {} })
      const remote = connect(Context, `${scheme}://${one.address},${two.address}`, {
        policies: [balanced(balancer), ...(what === 'attempt' || what === 'call' ? [policyIn(what)] : [])],
        observers: what === 'observer' ? [observer] : [],
        report: () => {},
      })
      await callers.run('first', () => remote.answer())
      seen.length = 0
      await callers.run('second', () =>
        what === 'end' ? withCall(remote, { onEnd: () => see('onEnd') }).answer() : remote.answer(),
      )
      t.log(scheme, what, seen.join(', '))
      await disconnect(remote)
      await Promise.all([one.close(), two.close()])
      t.deepEqual(
        seen.filter(line => !line.endsWith('second')),
        [],
      )
    })
  }
