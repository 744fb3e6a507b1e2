import { AsyncLocalStorage } from 'node:async_hooks'
import test, { type ExecutionContext } from 'ava'
import type { CallObserver } from '../../src/core/call-observer.js'
import type { BalancerFactory, Node } from '../../src/extend.js'
import {
  balanced,
  type ConnectOptions,
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

type See = (what: string) => void

const balancerThat =
  (see: See): BalancerFactory =>
  () => {
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

const policyThat = (see: See, stage: 'call' | 'attempt') =>
  use(
    next => async call => {
      see('before')
      try {
        return await next(call)
      } finally {
        see('after')
      }
    },
    { name: `seen-${stage}`, stage },
  )

const observerThat = (see: See): CallObserver => ({
  callBegan: () => {
    see('began')
    return {
      attemptBegan: () => {
        see('attempt began')
        return { ended: () => see('attempt ended') }
      },
      decided: ({ action }) => see(action),
      ended: () => see('ended'),
    }
  },
})

interface Watched {
  readonly options: (see: See) => ConnectOptions
  /** What is seen of a call that its first endpoint refuses. */
  readonly sees: readonly string[]
}

const attempt = ['attempt began', 'attempt ended']
const watched: Readonly<Record<string, Watched>> = {
  'a custom balancer': {
    options: see => ({ policies: [balanced(balancerThat(see))] }),
    sees: ['pick', 'pick', 'onEnd'],
  },
  'a policy around a call': {
    options: see => ({ policies: [policyThat(see, 'call'), balanced('round-robin')] }),
    sees: ['before', 'after', 'onEnd'],
  },
  'a policy around an attempt': {
    options: see => ({ policies: [policyThat(see, 'attempt'), balanced('round-robin')] }),
    sees: ['before', 'after', 'before', 'after', 'onEnd'],
  },
  'an observer': {
    options: see => ({ observers: [observerThat(see)], policies: [balanced('round-robin')] }),
    sees: ['began', ...attempt, 'failover', ...attempt, 'onEnd', 'ended'],
  },
}

/** What may be told in any context. */
const anywhere: ReadonlySet<string> = new Set(['attempt ended'])

/** A call that moves on to another endpoint, over connections that another caller has opened. */
async function movesOn(t: ExecutionContext, scheme: string, { options, sees }: Watched) {
  const seen: string[] = []
  let order = ''
  const see = (what: string) => {
    seen.push(what)
    if (!anywhere.has(what)) t.is(callers.getStore(), order, what)
  }
  const protocols = ['grpc', 'http', 'thrift', 'avro']
  const quota = rateLimit({ rate: 0.001, burst: 1 })
  const servers = await Promise.all([[quota], []].map(policies => serve([Context], { protocols, policies })))
  const target = `${scheme}://${servers.map(({ address }) => address).join(',')}`
  const remote = connect(Context, target, { report: () => {}, ...options(see) })
  try {
    // First the connections are opened and the quota is used up. By the fourth call the rotation has come to the quota again.
    for (order of ['first', 'second', 'third', 'fourth']) {
      seen.length = 0
      await callers.run(order, () => withCall(remote, { onEnd: () => see('onEnd') }).answer())
      if (seen.join() === sees.join()) break
    }
    t.deepEqual(seen, sees)
  } finally {
    await disconnect(remote)
    await Promise.all(servers.map(server => server.close()))
  }
}

for (const scheme of ['grpc', 'http', 'http2', 'thrift', 'avro'])
  for (const [what, how] of Object.entries(watched))
    test.serial(`${scheme}: ${what} sees the context of the caller at the second endpoint too`, t =>
      movesOn(t, scheme, how),
    )
