import { ActiveCall } from '../../../src/core/active-call.js'
import type { MethodInfo, Peer } from '../../../src/core/call.js'
import { buildStage, compose, SharedState } from '../../../src/core/policy.js'
import { systemClock } from '../../../src/core/timer-wheel.js'
import {
  Cached,
  cached,
  connect,
  Field,
  Headers,
  int32,
  listOf,
  Message,
  Method,
  Safe,
  Service,
  string,
  withCall,
} from '../../../src/index.js'
import type { LoneCalls } from '../harness/alone.js'
import { instant } from '../harness/instant.js'

@Message('bench.CacheQuery')
class Query {
  @Field(1, int32) page = 0
  @Field(2, string) text = ''
  @Field(3, listOf(string)) kinds: string[] = []
}

@Service('bench.Search')
class Search {
  @Method({ accepts: Query, returns: Query })
  @Safe()
  async bare(query: Query): Promise<Query> {
    return query
  }

  @Method({ accepts: Query, returns: Query })
  @Safe()
  @Cached({ ttl: '1h', on: 'client' })
  async kept(query: Query): Promise<Query> {
    return query
  }
}

const query: Query = { page: 3, text: 'green tea', kinds: ['leaf', 'bag'] }
const authorization = `Bearer ${'x'.repeat(40)}`

/** A server's side of a call, from the policy on: what a protocol has made, the policies, the reply and its headers. */
function serving(protocol: string, headers: () => Headers | undefined, stored: boolean): () => Promise<unknown> {
  const method: MethodInfo = {
    name: 'Kept',
    serviceName: 'bench.Search',
    path: '/bench.Search/Kept',
    kind: 'unary',
    idempotency: 'safe',
  }
  const { shared } = new SharedState()
  const scope = { method, clock: systemClock, shared, sharedByAll: shared }
  const handler = compose(buildStage('handler', stored ? [cached({ ttl: '1h' })] : [], scope), async () => query)
  const peer: Peer = { address: '127.0.0.1:1', protocol }
  return async () => {
    const deadline = Number.POSITIVE_INFINITY
    const call = new ActiveCall({ method, message: query, clock: systemClock, deadline, peer, headers: headers() })
    const reply = await handler(call)
    call.finish()
    return reply
  }
}

const search = connect(Search, 'instant://one', { protocols: [instant(query)] })
const ann = withCall(search, { headers: { authorization } })
const credentials = () => new Headers([['authorization', authorization]])
const nobody = () => undefined

export const inFlight: LoneCalls['inFlight'] = 1
export const cases: LoneCalls['cases'] = {
  'client, not cached': () => search.bare(query),
  'client, from the cache': () => search.kept(query),
  'client, from the cache, with credentials': () => ann.kept(query),
  'server, not cached': serving('grpc', nobody, false),
  'server, from the cache': serving('grpc', nobody, true),
  'server, from the cache, with credentials': serving('grpc', credentials, true),
  'server, from the cache, over HTTP': serving('http', nobody, true),
}
