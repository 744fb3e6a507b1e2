import test from 'ava'
import type { Call } from '../../src/core/call.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { serviceOf } from '../../src/decorators/read-service.js'
import { Arg, Context, Method, Service, Throws } from '../../src/decorators/service.js'
import { double, listOf, nothing, optional, streamOf, string } from '../../src/schema/algebra.js'

@Message('demo.Ask')
class Ask {
  @Field(1) name!: string
  @Field(2, listOf(string)) tags: string[] = []
}

@Message('demo.DivisionByZero')
class DivisionByZero extends RpcError {
  @Field(1, double) dividend = 0
}

@Service('demo.Demo')
class Demo {
  @Method(Ask) async echo(ask: Ask, @Context() _call?: Call): Promise<Ask> {
    return ask
  }
  @Method(double)
  @Throws(DivisionByZero)
  async divide(@Arg(1, 'dividend', double) a: number, @Arg(2, 'divisor', double) b: number): Promise<number> {
    return a / b
  }
  @Method(nothing) async ping(): Promise<void> {}
  @Method(optional(Ask)) async find(@Arg(1, 'name', string) _name: string): Promise<Ask | undefined> {
    return undefined
  }
  @Method({ accepts: streamOf(Ask), returns: streamOf(string) }) async *chat(
    asks: AsyncIterable<Ask>,
  ): AsyncIterable<string> {
    for await (const ask of asks) yield ask.name
  }
}

@Service()
class DemoService extends Demo {
  override async ping(): Promise<void> {}
}

test('a service reads as the wire sees it', t => {
  const schema = serviceOf(Demo)
  t.is(schema.name, 'demo.Demo')
  t.deepEqual(
    schema.methods.map(m => [m.path, m.kind, m.input.name, m.parameters, m.output.name, m.result]),
    [
      ['/demo.Demo/Echo', 'unary', 'demo.Ask', 'message', 'demo.Ask', 'message'],
      ['/demo.Demo/Divide', 'unary', 'demo.DivideRequest', 'positional', 'demo.DivideResponse', 'value'],
      ['/demo.Demo/Ping', 'unary', 'demo.PingRequest', 'positional', 'demo.PingResponse', 'nothing'],
      ['/demo.Demo/Find', 'unary', 'demo.FindRequest', 'positional', 'demo.FindResponse', 'value'],
      ['/demo.Demo/Chat', 'bidi_streaming', 'demo.Ask', 'message', 'demo.ChatResponse', 'value'],
    ],
  )
  t.is(schema.methods[0]?.contextIndex, 1)
  t.deepEqual(
    schema.methods[1]?.throws.map(e => e.name),
    ['demo.DivisionByZero'],
  )
})

test('a class that extends a service inherits its name and its decorators', t => {
  const schema = serviceOf(DemoService)
  t.is(schema.name, 'demo.Demo')
  t.is(schema.methods.length, 5)
})

@Service('demo.Positional')
class Positional {
  @Method({ args: { text: string, times: [7, double], tags: listOf(string), end: optional(string) }, returns: string })
  async repeat(text: string, times = 2, _tags: string[] = [], end?: string, @Context() _call?: Call): Promise<string> {
    return text.repeat(times) + (end ?? '')
  }
}

test('args are the positional arguments, in their order, with default values and a context', t => {
  const [method] = serviceOf(Positional).methods
  t.is(method?.parameters, 'positional')
  t.is(method?.contextIndex, 4)
  t.deepEqual(
    method?.input.fields.map(({ name, number, type, presence }) => [name, number, type.kind, presence]),
    [
      ['text', 1, 'scalar', 'implicit'],
      ['times', 7, 'scalar', 'explicit'],
      ['tags', 3, 'list', 'implicit'],
      ['end', 4, 'scalar', 'explicit'],
    ],
  )
})
