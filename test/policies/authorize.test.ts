import test from 'ava'
import { request } from 'undici'
import {
  Authorize,
  authorize,
  Code,
  connect,
  disconnect,
  Field,
  Message,
  Method,
  RateLimit,
  RpcError,
  Safe,
  Service,
  serve,
  streamOf,
  string,
  type Verdict,
  withCall,
} from '../../src/index.js'
import { outcome } from '../support/calls.js'

@Message('secrets.Secret')
class Secret {
  @Field(1, string) text!: string
}

@Service('secrets.Vault')
@Authorize(({ headers }) => (headers.has('x-user') ? headers.get('x-user') === 'ann' : 'unauthenticated'))
class Vault {
  ran = 0

  @Method({ accepts: Secret, returns: Secret })
  @Safe()
  async open(secret: Secret): Promise<Secret> {
    this.ran++
    return secret
  }

  @Method({ accepts: Secret, returns: streamOf(Secret) })
  async *watch(secret: Secret): AsyncIterable<Secret> {
    this.ran++
    yield secret
  }

  @Method({ accepts: Secret, returns: Secret })
  @Authorize(async () => undefined as unknown as Verdict)
  async closed(secret: Secret): Promise<Secret> {
    this.ran++
    return secret
  }

  @Method({ accepts: Secret, returns: Secret })
  @Authorize(() => {
    throw new TypeError('broken rule')
  })
  async broken(secret: Secret): Promise<Secret> {
    this.ran++
    return secret
  }
}

const targets = ['memory', 'http', 'grpc'] as const

for (const protocol of targets) {
  test(`${protocol}: who may call is asked first, and only true lets a call in`, async t => {
    const vault = new Vault()
    const reported: unknown[] = []
    const server = await serve([vault], {
      host: '127.0.0.1',
      memory: `vault-${protocol}`,
      report: error => reported.push(error),
    })
    const target = protocol === 'memory' ? `memory://vault-${protocol}` : `${protocol}://${server.address}`
    const remote = connect(Vault, target)
    const as = (user: string) => withCall(remote, { headers: { 'x-user': user } })
    const code = async (call: Promise<unknown>) => ((await outcome(call)).error as RpcError | undefined)?.code
    t.is(await code(remote.open({ text: 'a' })), Code.unauthenticated)
    t.is(await code(as('bob').open({ text: 'a' })), Code.permission_denied)
    t.is(await code(as('ann').open({ text: 'a' })), undefined)
    t.is(
      await code(
        (async () => {
          for await (const _ of as('bob').watch({ text: 'a' }));
        })(),
      ),
      Code.permission_denied,
    )
    t.is(await code(remote.closed({ text: 'a' })), Code.permission_denied)
    t.is(await code(remote.broken({ text: 'a' })), Code.internal)
    t.is(reported.length, 1)
    t.is(vault.ran, 1)
    await disconnect(remote)
    await server.close()
  })
}

@Service('secrets.Door')
class Door {
  @Method({ accepts: Secret, returns: Secret })
  @RateLimit({ rate: 0.001, burst: 1 })
  async knock(secret: Secret): Promise<Secret> {
    return secret
  }

  @Method({ accepts: Secret, returns: Secret })
  async passOn(_secret: Secret): Promise<Secret> {
    throw new RpcError('another server refused it', Code.unavailable, { delivery: 'refused' })
  }
}

for (const protocol of [...targets, 'thrift', 'avro'] as const) {
  test(`${protocol}: a refusal proves to the caller that no handler ran, and says when to come back`, async t => {
    const server = await serve([Door], { host: '127.0.0.1', memory: `rate-${protocol}` })
    const target = protocol === 'memory' ? `memory://rate-${protocol}` : `${protocol}://${server.address}`
    const remote = connect(Door, target)
    const passedOn = (await outcome(remote.passOn({ text: 'a' }))).error as RpcError
    t.is(passedOn.delivery, 'unknown', 'what a handler passes on proves nothing')
    await remote.knock({ text: 'a' })
    const error = (await outcome(remote.knock({ text: 'a' }))).error as RpcError
    t.is(error.code, Code.resource_exhausted)
    t.is(error.delivery, 'refused')
    t.true(Number(error.headers?.get('grpc-retry-pushback-ms')) > 900_000)
    t.is(error.headers?.get('polywire-refused'), undefined)
    await disconnect(remote)
    await server.close()
  })
}

test('a body is not parsed for somebody who may not call', async t => {
  const server = await serve([Vault], { host: '127.0.0.1' })
  const post = async (user: string) => {
    const { statusCode, body } = await request(`http://${server.address}/secrets.Vault/Open`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user': user },
      body: '{ this is no JSON',
    })
    await body.dump()
    return statusCode
  }
  t.is(await post('bob'), 403)
  t.is(await post('ann'), 400)
  await server.close()
})

test('a rule that is none is refused at start-up', t => {
  t.throws(() => authorize(undefined as never), {
    message: /the rule must be a function, call => boolean, got undefined/,
  })
})
