// Run with the condition `browser`, under which polywire/web is a copy of its own beside polywire, as in jest-environment-jsdom.
import assert from 'node:assert/strict'
import * as root from 'polywire'
import * as web from 'polywire/web'

type Decorators = Pick<
  typeof web,
  | 'double'
  | 'Field'
  | 'Message'
  | 'Method'
  | 'Retry'
  | 'RpcError'
  | 'Safe'
  | 'Service'
  | 'streamOf'
  | 'string'
  | 'Throws'
> & { readonly timestamp: typeof web.timestamp }

/** A service with the decorators of one copy. */
function serviceOf(copy: Decorators, failing: typeof root.RpcError) {
  const { double, Field, Message, Method, Retry, RpcError, Safe, Service, streamOf, string, Throws, timestamp } = copy

  @Message('two.Ask')
  class Ask {
    @Field(1, string) name = ''
    @Field(2, timestamp) at = new Date(0)
  }

  @Message('two.Broke', { code: 'invalid_argument' })
  class Broke extends RpcError {
    @Field(1, double) dividend = 0
  }

  let tries = 0

  @Service('two.Calls')
  class Calls {
    @Method({ accepts: Ask, returns: Ask }) @Safe() async echo(ask: Ask): Promise<Ask> {
      return ask
    }
    @Method({ args: { dividend: double }, returns: double })
    @Throws(Broke)
    async divide(dividend: number): Promise<number> {
      throw Broke.of('cannot divide by zero', { dividend })
    }
    @Method({ accepts: Ask, returns: streamOf(string) }) async *names({ name }: Ask): AsyncIterable<string> {
      yield name
    }
    @Method({ returns: double }) @Safe() @Retry({ initialBackoff: '1ms' }) async third(): Promise<number> {
      if (++tries < 3) throw new failing('not yet', root.Code.unavailable)
      return tries
    }
  }
  return { Ask, Broke, Calls }
}

for (const [copy, other] of [
  [root, web],
  [web, root],
] as const)
  for (const connect of [root.connect, web.connect]) {
    const { Ask, Broke, Calls } = serviceOf(copy, other.RpcError)
    await using server = await root.serve([Calls], { port: 0 })
    const calls = connect(Calls, `http://${server.address}`)
    const ask = Object.assign(new Ask(), { name: 'World', at: new Date(5) })
    const echo = await calls.echo(ask)
    assert.ok(echo instanceof Ask)
    assert.deepEqual(echo, ask)
    const error: unknown = await calls.divide(7).catch((reason: unknown) => reason)
    assert.ok(error instanceof Broke && error instanceof root.RpcError && error instanceof web.RpcError)
    assert.equal(error.dividend, 7)
    const names: string[] = []
    for await (const name of calls.names(ask)) names.push(name)
    assert.deepEqual(names, ['World'])
    assert.equal(await calls.third(), 3)
    await calls[Symbol.asyncDispose]()
  }
assert.notEqual(root.Field, web.Field, 'there are two copies')
console.log('ok')
