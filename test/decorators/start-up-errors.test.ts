import test from 'ava'
import type { Call } from '../../src/core/call.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { serviceOf } from '../../src/decorators/read-service.js'
import { Arg, Context, Method, Safe, Service, Throws } from '../../src/decorators/service.js'
import {
  double,
  int32,
  listOf,
  mapOf,
  nothing,
  oneOf,
  optional,
  setOf,
  streamOf,
  string,
} from '../../src/schema/algebra.js'
import { defaulted } from '../../src/schema/defaulted.js'
import type { Class, TypeLike } from '../../src/schema/type.js'

@Message('demo.Ask')
class Ask {
  @Field(1, string) name!: string
}

/** What a service that takes this message says at start-up. */
function serving(type: Class): () => unknown {
  @Service('demo.Demo')
  class Demo {
    @Method({ accepts: type as Class<object>, returns: nothing }) async send(_message: object): Promise<void> {}
  }
  return () => serviceOf(Demo)
}

/** A message with one field of this type, which no compiler has checked. */
function holding(type: unknown, number?: number): () => unknown {
  class Holder {}
  const field = number === undefined ? Field(type as TypeLike) : Field(number, type as TypeLike)
  field(Holder.prototype as never, 'it' as never)
  Message('demo.Holder')(Holder)
  return serving(Holder)
}

interface Mistake {
  readonly make: () => unknown
  readonly reason: string
  /** Class and member, as the error begins. */
  readonly where: string
  /** What to write, as the error says it. */
  readonly write: RegExp
}

const inFields: Record<string, Mistake> = {
  'a member whose type is lost': {
    make: () => {
      @Message()
      class Tagged {
        @Field(3) tags!: string[]
      }
      return serving(Tagged)()
    },
    reason: 'member_without_type',
    where: 'Tagged.tags',
    write: /emitted only "Array".*write @Field\(3, listOf\(string\)\)/,
  },
  'a member whose type was not emitted': {
    make: () => {
      class Bare {}
      Field(1)(Bare.prototype as { name?: string }, 'name')
      Message()(Bare)
      return serving(Bare)()
    },
    reason: 'member_without_type',
    where: 'Bare.name',
    write: /emitted no type\).*write @Field\(1, string\)/,
  },
  'a member of a type that is no message': {
    make: () => {
      class Plain {}
      @Message()
      class Holder {
        @Field() plain!: Plain
      }
      return serving(Holder)()
    },
    reason: 'member_without_type',
    where: 'Holder.plain',
    write: /write @Field\(\(\) => Plain\)/,
  },
  'a duplicate field number': {
    make: () => {
      @Message()
      class Twice {
        @Field(1, string) first!: string
        @Field(1, string) second!: string
      }
      return serving(Twice)()
    },
    reason: 'duplicate_field_number',
    where: 'Twice.second',
    write: /number 1 .*already used by Twice\.first; write another/,
  },
  'a number that an inherited field has': {
    make: () => {
      @Message()
      class Sub extends Ask {
        @Field(1, string) again!: string
      }
      return serving(Sub)()
    },
    reason: 'duplicate_field_number',
    where: 'Sub.again',
    write: /already used by Sub\.name/,
  },
  'a number that a case of a oneOf has': {
    make: () => {
      @Message()
      class Choice {
        @Field(4, string) name!: string
        @Field(oneOf({ email: [4, string] })) contact?: { case: 'email'; value: string }
      }
      return serving(Choice)()
    },
    reason: 'duplicate_field_number',
    where: 'Choice.contact',
    write: /number 4 \(email\) is already used by Choice\.name/,
  },
  'a number on a oneOf': {
    make: () => {
      @Message()
      class Choice {
        @Field(3, oneOf({ email: string })) contact?: { case: 'email'; value: string }
      }
      return serving(Choice)()
    },
    reason: 'misplaced_number',
    where: 'Choice.contact',
    write: /write @Field\(oneOf\(\{ email: \[3, type\] \}\)\)/,
  },
  'a duplicate wire name': {
    make: () => {
      @Message()
      class Twice {
        @Field(1, string) first!: string
        @Field(2, string, { name: 'first' }) second!: string
      }
      return serving(Twice)()
    },
    reason: 'duplicate_field_name',
    where: 'Twice.second',
    write: /name first is already used by Twice\.first; give one of them another \{ name: \.\.\. \}/,
  },
  'a JSON name that is the name of another': {
    make: () => {
      @Message()
      class Twice {
        @Field(1, string) first!: string
        @Field(2, string, { jsonName: 'first' }) second!: string
      }
      return serving(Twice)()
    },
    reason: 'duplicate_field_name',
    where: 'Twice.second',
    write: /already used by Twice\.first/,
  },
  'a case that has the name of a field': {
    make: () => {
      @Message()
      class Choice {
        @Field(1, string) email!: string
        @Field(oneOf({ email: string })) contact?: { case: 'email'; value: string }
      }
      return serving(Choice)()
    },
    reason: 'duplicate_field_name',
    where: 'Choice.contact',
    write: /name email is already used by Choice\.email/,
  },
  'a number too small': {
    make: holding(string, -32_769),
    reason: 'invalid_field_number',
    where: 'Holder.it',
    write: /the field number must be an integer from -32768 to/,
  },
  'a fraction as a number': {
    make: holding(string, 1.5),
    reason: 'invalid_field_number',
    where: 'Holder.it',
    write: /must be an integer/,
  },
  'a number too large': {
    make: holding(string, 2 ** 29),
    reason: 'invalid_field_number',
    where: 'Holder.it',
    write: /to 536870911/,
  },
  'a native class': { make: holding(String), reason: 'not_a_type', where: 'Holder.it', write: /write string$/ },
  'a stream as a field': {
    make: holding(streamOf(Ask)),
    reason: 'misplaced_stream',
    where: 'Holder.it',
    write: /write listOf/,
  },
  'nothing as a field': {
    make: holding(nothing),
    reason: 'misplaced_type',
    where: 'Holder.it',
    write: /leave out the field/,
  },
  'no message inside a list': {
    make: holding(listOf(class Plain {})),
    reason: 'not_a_message',
    where: 'Holder.it',
    write: /Plain is not a message; add @Message\(\) to the class/,
  },
  'no message inside a map inside a list': {
    make: holding(listOf(mapOf(string, () => class Plain {}))),
    reason: 'not_a_message',
    where: 'Holder.it',
    write: /add @Message\(\) to the class/,
  },
  'a stream inside a set': {
    make: holding(setOf(streamOf(Ask) as never)),
    reason: 'misplaced_stream',
    where: 'Holder.it',
    write: /write listOf/,
  },
  'optional inside optional': {
    make: holding(optional(optional(string))),
    reason: 'misplaced_type',
    where: 'Holder.it',
    write: /only directly in @Field/,
  },
  'a default in a field': {
    make: holding(defaulted(int32, 1)),
    reason: 'misplaced_type',
    where: 'Holder.it',
    write: /defaulted\(\.\.\.\) is for arguments; write the type alone, and the default as the initial value/,
  },
  'a reply with a default': {
    make: () => {
      @Service()
      class Demo {
        @Method(defaulted(int32, 1)) async ask(): Promise<number | undefined> {
          return undefined
        }
      }
      return serviceOf(Demo)
    },
    reason: 'misplaced_type',
    where: 'Demo.ask',
    write: /only an argument has a default, a reply has none; write optional/,
  },
  'a oneOf as a case': {
    make: holding(oneOf({ many: oneOf({ a: string }) })),
    reason: 'invalid_one_of',
    where: 'Holder.it',
    write: /wrap it in a @Message/,
  },
  'a type that contains itself': {
    make: () => {
      const endless: TypeLike = listOf((): never => endless as never)
      return holding(endless)()
    },
    reason: 'recursive_type',
    where: 'Holder.it',
    write: /put a @Message class in between/,
  },
  'a property that RpcError has': {
    make: () => {
      class Failed extends RpcError {}
      Field(1, string)(Failed.prototype, 'message')
      Message()(Failed)
      return serving(Failed)()
    },
    reason: 'reserved_property',
    where: 'Failed.message',
    write: /leave the property out and write @Message\('Failed', \{ message: 1 \}\) on the class/,
  },
  'a property that RpcError needs': {
    make: () => {
      class Failed extends RpcError {}
      Field(2, int32)(Failed.prototype as { code?: number }, 'code')
      Message()(Failed)
      return serving(Failed)()
    },
    reason: 'reserved_property',
    where: 'Failed.code',
    write: /write @Field\(2, int32, \{ name: 'code' \}\) errorCode$/,
  },
  'a message of its own for what is not an error': {
    make: () => {
      @Message('Plain', { message: 1 })
      class Plain {}
      return serving(Plain)()
    },
    reason: 'misplaced_option',
    where: '@Message of Plain',
    write: /the option message is for errors; leave it out, or extend RpcError/,
  },
  'a code that does not exist': {
    make: () => {
      class Failed extends RpcError {}
      Message('Failed', { code: 'notfound' as never })(Failed)
    },
    reason: 'invalid_error_code',
    where: '@Message of Failed',
    write: /write one of canceled, unknown, invalid_argument/,
  },
  'a name that must never become a key': {
    make: () => {
      @Message()
      class Polluted {
        @Field(1, string, { name: '__proto__' }) sneaky!: string
      }
      return serving(Polluted)()
    },
    reason: 'reserved_property',
    where: 'Polluted.sneaky',
    write: /\{ name: 'something else' \}/,
  },
  'a constructor that needs arguments': {
    make: () => {
      @Message()
      class Picky {
        @Field(1, string) name: string
        constructor(from: { name: string }) {
          this.name = from.name
        }
      }
      return serving(Picky)()
    },
    reason: 'message_constructor',
    where: 'Picky',
    write: /make the constructor's parameters optional/,
  },
  'a static field': {
    make: () => {
      class Holder {
        // @ts-expect-error
        @Field(1, string) static it: string
        readonly other = 1
      }
      return Holder
    },
    reason: 'static_member',
    where: 'Holder.it',
    write: /leave out "static"/,
  },
}

const inMethods: Record<string, Mistake> = {
  'a method without a service': {
    make: () => {
      class Demo {
        @Method(Ask) async ask(): Promise<Ask> {
          return new Ask()
        }
      }
      return serviceOf(Demo)
    },
    reason: 'not_a_service',
    where: 'class Demo',
    write: /@Method members \(ask\) but no @Service\(\); add @Service\('package\.Demo'\)/,
  },
  'a class that is no service': {
    make: () => serviceOf(class Demo {}),
    reason: 'not_a_service',
    where: 'class Demo',
    write: /add @Service/,
  },
  'what is no class': {
    make: () => serviceOf({} as never),
    reason: 'not_a_service',
    where: '[object Object]',
    write: /pass the class itself/,
  },
  'a service without a method': {
    make: () => {
      @Service()
      class Demo {}
      return serviceOf(Demo)
    },
    reason: 'empty_service',
    where: 'class Demo',
    write: /no @Method; decorate the methods/,
  },
  'a member that is decorated but no method': {
    make: () => {
      @Service()
      class Demo {
        @Safe() async ask(): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'method_without_decorator',
    where: 'Demo.ask',
    write: /add @Method\(\.\.\.\)/,
  },
  'two methods of one wire name': {
    make: () => {
      @Service()
      class Demo {
        @Method(nothing) async ask(): Promise<void> {}
        @Method({ returns: nothing, name: 'Ask' }) async other(): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'duplicate_method_name',
    where: 'Demo.other',
    write: /name Ask is already used by ask; write @Method\(\{ name: \.\.\. \}\)/,
  },
  'a method named then': {
    make: () => {
      class Demo {}
      const descriptor = { value: async () => {}, configurable: true }
      Object.defineProperty(Demo.prototype, 'then', descriptor)
      Method(nothing)(Demo.prototype, 'then', descriptor)
      Service()(Demo)
      return serviceOf(Demo)
    },
    reason: 'reserved_method',
    where: 'Demo.then',
    write: /rename it and write @Method\(\{ name: 'then'/,
  },
  'a parameter whose type is lost': {
    make: () => {
      @Service()
      class Demo {
        @Method(nothing) async ask(_names: string[]): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'parameter_without_type',
    where: 'Demo.ask',
    write: /write @Method\(\{ accepts: TheRequest, returns: \.\.\. \}\), or args: \{ name: type \}/,
  },
  'one of two parameters without @Arg': {
    make: () => {
      @Service()
      class Demo {
        @Method(nothing) async ask(_first: string, @Arg(2, 'second', string) _second: string): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'parameter_without_type',
    where: 'Demo.ask',
    write: /parameter 1 has no @Arg; write @Arg\(1, 'name', type\) before it/,
  },
  'a second parameter beside accepts': {
    make: () => {
      @Service()
      class Demo {
        @Method({ accepts: Ask, returns: nothing }) async ask(_ask: Ask, _loud: boolean): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'parameter_without_type',
    where: 'Demo.ask',
    write: /accepts is the type of its only parameter, but it has 2; write args: \{ name: type, \.\.\. \} instead/,
  },
  'a second parameter with a default value beside accepts': {
    make: () => {
      @Service()
      class Demo {
        @Method({ accepts: streamOf(Ask), returns: nothing })
        async ask(_asks: AsyncIterable<Ask>, _loud = true): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'parameter_without_type',
    where: 'Demo.ask',
    write: /but it has 2; .* if one of them is the call, leave it out and use currentCall\(\)/,
  },
  'a parameter of a method that accepts nothing': {
    make: () => {
      @Service()
      class Demo {
        @Method({ accepts: nothing, returns: nothing }) async ask(_name: unknown): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'parameter_without_type',
    where: 'Demo.ask',
    write: /accepts: nothing, but it has a parameter; leave one of them out/,
  },
  'arguments in another order than the parameters': {
    make: () => {
      @Service()
      class Demo {
        @Method({ args: { divisor: double, dividend: double }, returns: double })
        async divide(dividend: number, divisor: number): Promise<number> {
          return dividend / divisor
        }
      }
      return serviceOf(Demo)
    },
    reason: 'misordered_arguments',
    where: 'Demo.divide',
    write:
      /parameter 1 is called dividend, but argument 1 is divisor; write the arguments in the order of the parameters/,
  },
  'a parameter that args leave out': {
    make: () => {
      @Service()
      class Demo {
        // @ts-expect-error
        @Method({ args: { a: double }, returns: nothing }) async ask(_a: number, _b: number): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'parameter_without_type',
    where: 'Demo.ask',
    write: /parameter 2 is not in args; add its name and type/,
  },
  'args beside @Arg': {
    make: () => {
      @Service()
      class Demo {
        @Method({ args: { a: double }, returns: nothing }) async ask(@Arg(1, 'a', double) _a: number): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'misplaced_option',
    where: 'Demo.ask',
    write: /args and @Arg both describe its parameters; write one of them/,
  },
  'args beside accepts': {
    make: () => {
      @Service()
      class Demo {
        // @ts-expect-error
        @Method({ accepts: Ask, args: { a: double }, returns: nothing })
        async ask(_ask: Ask): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'misplaced_option',
    where: 'Demo.ask',
    write: /accepts and args both describe its parameters/,
  },
  'no message in args': {
    make: () => {
      class Plain {}
      @Service()
      class Demo {
        @Method({ args: { plain: Plain }, returns: nothing }) async ask(_plain: Plain): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'not_a_message',
    where: 'Demo.ask(plain)',
    write: /add @Message\(\) to the class/,
  },
  'an @Arg whose type is lost': {
    make: () => {
      @Service()
      class Demo {
        @Method(nothing) async ask(@Arg(1, 'names') _names: string[]): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'member_without_type',
    where: 'Demo.ask(names)',
    write: /write @Arg\(1, 'names', listOf\(string\)\)/,
  },
  'an @Arg that holds no message in its list': {
    make: () => {
      class Plain {}
      @Service()
      class Demo {
        @Method(nothing) async ask(@Arg(1, 'plain', listOf(Plain)) _plain: Plain[]): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'not_a_message',
    where: 'Demo.ask(plain)',
    write: /Plain is not a message; add @Message\(\) to the class/,
  },
  'two arguments of one number': {
    make: () => {
      @Service()
      class Demo {
        @Method(nothing) async ask(@Arg(1, 'a', double) _a: number, @Arg(1, 'b', double) _b: number): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'duplicate_field_number',
    where: 'Demo.ask.b',
    write: /already used by Demo\.ask\.a/,
  },
  'two arguments of one name': {
    make: () => {
      @Service()
      class Demo {
        @Method(nothing) async ask(@Arg(1, 'a', double) _a: number, @Arg(2, 'a', double) _b: number): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'duplicate_field_name',
    where: 'Demo.ask.a',
    write: /name a is already used/,
  },
  'an argument with a number too small': {
    make: () => {
      @Service()
      class Demo {
        @Method(nothing) async ask(@Arg(-40_000, 'a', double) _a: number): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'invalid_field_number',
    where: 'Demo.ask.a',
    write: /from -32768/,
  },
  'an error with the id of the reply': {
    make: () => {
      @Message()
      class Lost extends RpcError {}
      @Service()
      class Demo {
        @Method(nothing) @Throws({ 0: Lost }) async ask(): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'invalid_throws',
    where: 'Demo.ask',
    write: /@Throws\(\{ 0: Lost \}\): an id must be an integer from -32768 to 32766, and not 0/,
  },
  'a context before the request': {
    make: () => {
      @Service()
      class Demo {
        @Method(nothing) async ask(@Context() _call: Call, _ask: Ask): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'misplaced_context',
    where: 'Demo.ask',
    write: /@Context\(\) must be on the last parameter/,
  },
  'a reply that is no message': {
    make: () => {
      class Plain {}
      @Service()
      class Demo {
        @Method(Plain) async ask(): Promise<Plain> {
          return new Plain()
        }
      }
      return serviceOf(Demo)
    },
    reason: 'not_a_message',
    where: 'Demo.ask',
    write: /Plain is not a message; add @Message\(\) to the class/,
  },
  'a stream of what is no message': {
    make: () => {
      class Plain {}
      @Service()
      class Demo {
        @Method(streamOf(Plain)) async *ask(): AsyncIterable<Plain> {}
      }
      return serviceOf(Demo)
    },
    reason: 'not_a_message',
    where: 'Demo.ask',
    write: /add @Message\(\) to the class/,
  },
  'a oneway method with a reply': {
    make: () => {
      @Service()
      class Demo {
        @Method({ returns: string, oneway: true }) async ask(): Promise<string> {
          return ''
        }
      }
      return serviceOf(Demo)
    },
    reason: 'oneway_with_reply',
    where: 'Demo.ask',
    write: /write returns: nothing/,
  },
  'an error that is no message': {
    make: () => {
      class Failed extends RpcError {}
      @Service()
      class Demo {
        @Method(nothing) @Throws(Failed) async ask(): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'invalid_throws',
    where: 'Demo.ask',
    write: /write @Message\(\) class Failed extends RpcError/,
  },
  'an error that is no RpcError': {
    make: () => {
      @Service()
      class Demo {
        @Method(nothing) @Throws(Ask as never) async ask(): Promise<void> {}
      }
      return serviceOf(Demo)
    },
    reason: 'invalid_throws',
    where: 'Demo.ask',
    write: /extends RpcError/,
  },
  'a static method': {
    make: () => {
      class Demo {
        // @ts-expect-error
        @Method(nothing) static async ask(): Promise<void> {}
        readonly other = 1
      }
      return Demo
    },
    reason: 'static_member',
    where: 'Demo.ask',
    write: /leave out "static"/,
  },
  'a decorator other than @Method on a static method': {
    make: () => {
      class Demo {
        // @ts-expect-error
        @Safe() static async ask(): Promise<void> {}
        readonly other = 1
      }
      return Demo
    },
    reason: 'static_member',
    where: 'Demo.ask',
    write: /leave out "static"/,
  },
  'a mistake deep in a message that only a reply can carry': {
    make: () => {
      @Message()
      class Deep {
        @Field(1, int32) a!: number
        @Field(1, int32) b!: number
      }
      @Message()
      class Reply {
        @Field(1, mapOf(string, listOf(Deep))) deep!: Map<string, Deep[]>
      }
      @Service()
      class Demo {
        @Method(optional(Reply)) async ask(): Promise<Reply | undefined> {
          return undefined
        }
      }
      return serviceOf(Demo)
    },
    reason: 'duplicate_field_number',
    where: 'Deep.b',
    write: /already used by Deep\.a/,
  },
}

for (const [what, { make, reason, where, write }] of Object.entries({ ...inFields, ...inMethods })) {
  test(`${what} is an error at start-up that names its place and says what to write`, t => {
    const error = t.throws(make, { instanceOf: RpcError })
    t.is(error?.reason, reason)
    t.is(error?.code, Code.failed_precondition)
    t.true(error?.message.startsWith(`${where}: `), error?.message)
    t.regex(error?.message ?? '', write)
  })
}

test('a mistake is told again each time and leaves nothing behind', t => {
  const make = holding(String)
  const [first, second] = [t.throws(make), t.throws(make)]
  t.is(first?.message, second?.message)
  t.deepEqual(Reflect.getOwnMetadataKeys(Function), [])
  t.deepEqual(
    Object.getOwnPropertySymbols(Function),
    [Symbol.hasInstance].filter(one => Object.hasOwn(Function, one)),
  )
})

test('a context last, behind positional arguments, is fine', t => {
  @Service()
  class Demo {
    @Method(nothing) async ask(@Arg(1, 'a', double) _a: number, @Context() _call?: Call): Promise<void> {}
  }
  t.is(serviceOf(Demo).methods[0]?.contextIndex, 1)
})

test('a parameter that only its default value shows is refused where the compiler emits no types', t => {
  const of = (type: Class) => {
    for (const key of Object.getOwnPropertyNames(type.prototype).filter(one => one !== 'constructor')) {
      const descriptor = Object.getOwnPropertyDescriptor(type.prototype, key) as PropertyDescriptor
      Method(nothing)(type.prototype as object, key, descriptor)
    }
    Service('demo.Bare')(type)
    return () => serviceOf(type)
  }
  class Hiding {
    async greet(name = 'you') {
      await name
    }
  }
  class Plain {
    async ping(/* nothing (at all) */) {}
    async wrapped(...all: never[]) {
      await all
    }
  }
  const error = t.throws(of(Hiding)) as RpcError
  t.is(error.reason, 'parameter_without_type')
  t.regex(error.message, /Hiding\.greet: the type of its request is unknown/)
  t.notThrows(of(Plain))
})
