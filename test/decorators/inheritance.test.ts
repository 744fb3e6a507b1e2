import test from 'ava'
import type { Call } from '../../src/core/call.js'
import type { PolicyDefinition } from '../../src/core/policy.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { declarePolicy } from '../../src/decorators/policy.js'
import { serviceOf } from '../../src/decorators/read-service.js'
import { Arg, Context, Idempotent, Method, Safe, Service, Throws } from '../../src/decorators/service.js'
import { double, nothing, string } from '../../src/schema/algebra.js'
import type { MethodSchema } from '../../src/schema/service.js'
import type { Class } from '../../src/schema/type.js'

@Message('demo.Ask')
class Ask {
  @Field(1, string) name!: string
}

@Message('demo.Refused')
class Refused extends RpcError {}

@Message('demo.Busy')
class Busy extends RpcError {}

function policy(name: string, summary: string) {
  const definition: PolicyDefinition = { name, stages: ['call'], summary, build: () => undefined }
  return declarePolicy(definition)
}

@Service('demo.Base')
@policy('timeout', 'service')
class Base {
  @Method(nothing) @Safe() @Throws(Refused) @policy('retry', 'base') async one(
    @Arg(1, 'name', string) _name: string,
    @Context() _call?: Call,
  ): Promise<void> {}
  @Method({ accepts: Ask, returns: Ask, name: 'Deux' }) async two(ask: Ask): Promise<Ask> {
    return ask
  }
}

function methodOf(type: Class, key: string): MethodSchema {
  const found = serviceOf(type).methods.find(method => method.key === key)
  if (found === undefined) throw new Error(`${type.name} has no method ${key}`)
  return found
}

test('an implementation inherits all it does not say anew', t => {
  @Service()
  class Impl extends Base {
    override async one(_name: string): Promise<void> {}
  }
  const schema = serviceOf(Impl)
  t.is(schema.name, 'demo.Base')
  t.is(schema.class, Impl)
  t.like(methodOf(Impl, 'one'), {
    path: '/demo.Base/One',
    idempotency: 'safe',
    contextIndex: 1,
    parameters: 'positional',
  })
  t.deepEqual(
    methodOf(Impl, 'one').throws.map(error => error.name),
    ['demo.Refused'],
  )
  t.is(methodOf(Impl, 'two').path, '/demo.Base/Deux')
  t.deepEqual(
    schema.policies.map(one => one.summary),
    ['service'],
  )
})

test('an override adds policies and replaces idempotency and errors, and the base stays as it was', t => {
  @Service()
  @policy('timeout', 'derived service')
  class Impl extends Base {
    @Idempotent() @Throws(Busy) @policy('retry', 'derived') override async one(_name: string): Promise<void> {}
  }
  const method = methodOf(Impl, 'one')
  t.is(method.idempotency, 'idempotent')
  t.deepEqual(
    method.throws.map(error => error.name),
    ['demo.Busy'],
  )
  t.deepEqual(
    method.policies.map(one => one.summary),
    ['base', 'derived'],
    'the nearer one last, where it wins',
  )
  t.deepEqual(
    serviceOf(Impl).policies.map(one => one.summary),
    ['service', 'derived service'],
  )
  t.is(methodOf(Base, 'one').idempotency, 'safe')
  t.deepEqual(
    methodOf(Base, 'one').policies.map(one => one.summary),
    ['base'],
  )
})

test('an override with parameters of its own forgets where the context was', t => {
  @Service('demo.Old')
  class Old {
    @Method(nothing) async one(@Arg(1, 'name', string) _name: string, @Context() _call?: Call): Promise<void> {}
  }
  @Service()
  class Impl extends Old {
    @Method(nothing) override async one(
      @Arg(1, 'name', string) _name: string,
      @Arg(2, 'factor', double) _factor?: number | Call,
    ): Promise<void> {}
  }
  const method = methodOf(Impl, 'one')
  t.is(method.contextIndex, undefined)
  t.deepEqual(
    method.input.fields.map(field => field.name),
    ['name', 'factor'],
  )
})

test('a service that extends another under a name of its own is another service', t => {
  @Service('demo.Other')
  class Other extends Base {
    @Method(string) async three(): Promise<string> {
      return ''
    }
  }
  t.deepEqual(
    serviceOf(Other).methods.map(method => method.path),
    ['/demo.Other/One', '/demo.Other/Deux', '/demo.Other/Three'],
  )
  t.is(methodOf(Other, 'one').input.name, 'demo.OneRequest')
  t.is(serviceOf(Base).methods.length, 2)
})

test('methods of a base that is no service belong to the service', t => {
  class Pingable {
    @Method(nothing) async ping(): Promise<void> {}
  }
  @Service('demo.Pinged')
  class Pinged extends Pingable {}
  t.is(methodOf(Pinged, 'ping').path, '/demo.Pinged/Ping')
  t.is(t.throws(() => serviceOf(Pingable), { instanceOf: RpcError })?.reason, 'not_a_service')
})

test('two services of one base do not share what they add', t => {
  @Service('demo.A')
  class A extends Base {
    @policy('retry', 'a') override async one(_name: string): Promise<void> {}
  }
  @Service('demo.B')
  class B extends Base {
    @policy('retry', 'b') override async one(_name: string): Promise<void> {}
  }
  t.deepEqual(
    methodOf(A, 'one').policies.map(one => one.summary),
    ['base', 'a'],
  )
  t.deepEqual(
    methodOf(B, 'one').policies.map(one => one.summary),
    ['base', 'b'],
  )
})

test('decorators of one member may stand in any order', t => {
  @Service('demo.Order')
  class Order {
    @Safe() @Throws(Refused) @policy('retry', 'x') @Method(nothing) async first(): Promise<void> {}
    @Method(nothing) @policy('retry', 'x') @Throws(Refused) @Safe() async last(): Promise<void> {}
  }
  const facts = ({ idempotency, throws, policies }: MethodSchema) => [idempotency, throws.length, policies.length]
  t.deepEqual(facts(methodOf(Order, 'first')), facts(methodOf(Order, 'last')))
})

test('a schema is read once, and the service and its methods are frozen', t => {
  t.is(serviceOf(Base), serviceOf(Base))
  t.true(Object.isFrozen(serviceOf(Base)) && Object.isFrozen(serviceOf(Base).methods))
})

test('a wire name starts with an upper-case letter unless one is given', t => {
  @Service()
  class Named {
    @Method(nothing) async sayHello(): Promise<void> {}
    @Method({ returns: nothing, name: 'say_bye' }) async sayBye(): Promise<void> {}
  }
  t.deepEqual(
    serviceOf(Named).methods.map(method => method.path),
    ['/Named/SayHello', '/Named/say_bye'],
  )
  t.is(methodOf(Named, 'sayHello').input.name, 'SayHelloRequest')
})
