import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
// It checks contracts.
import '../../src/decorators/read-service.js'
import { Arg, Context, Method, Service } from '../../src/decorators/service.js'
import { nothing, string } from '../../src/schema/algebra.js'
import { compiledFolder, compilers, root } from '../support/compile.js'
import { transformBySwc } from '../support/swc.js'

const folder = await compiledFolder()
test.after.always(() => folder.remove())

const expected: Readonly<Record<string, readonly [reason: string, message: string]>> = {
  'a static field': ['static_member', 'Holder.it: a static member cannot be a field; leave out "static"'],
  'a private field': ['misplaced_decorator', 'Holder.#it: a private member cannot be a field; leave out "#"'],
  'a field on a getter': [
    'misplaced_decorator',
    'Holder.it: a getter cannot be a field; write @Field(...) before a property',
  ],
  'a field on an accessor': [
    'misplaced_decorator',
    'Holder.it: an accessor cannot be a field; write @Field(...) before a property',
  ],
  'a field on a method': [
    'misplaced_decorator',
    'Holder.it: a method cannot be a field; write @Field(...) before a property',
  ],
  'a field on a symbol': [
    'misplaced_decorator',
    'Holder.Symbol(Symbol.iterator): a member whose name is a symbol cannot be a field; give it a name',
  ],
  'a misplaced field of a class without @Message': [
    'static_member',
    'Holder.it: a static member cannot be a field; leave out "static"',
  ],
  '@Field on a class': [
    'misplaced_decorator',
    'Holder: a class cannot be a field; write @Field(...) before a property',
  ],
  '@Message on a field': [
    'misplaced_decorator',
    'Holder.it: a property cannot be a message; write @Message() above the class',
  ],
  '@Service on a method': [
    'misplaced_decorator',
    'Holder.it: a method cannot be a service; write @Service() above the class',
  ],
  'a static method': [
    'static_member',
    'Holder.it: a static member cannot be a method of a service; leave out "static"',
  ],
  'a private method': [
    'misplaced_decorator',
    'Holder.#it: a private member cannot be a method of a service; leave out "#"',
  ],
  '@Method on a property': [
    'misplaced_decorator',
    'Holder.it: a property cannot be a method of a service; write its decorator before an async method',
  ],
  '@Throws on a getter': [
    'misplaced_decorator',
    'Holder.it: a getter cannot be a method of a service; write its decorator before an async method',
  ],
  'a policy on a property': [
    'misplaced_decorator',
    'Holder.it: a property cannot have a policy; write the policy before a method or a class',
  ],
  'methods without @Service': [
    'not_a_service',
    "class Holder: it has @Method members (it) but no @Service(); add @Service('package.Holder')",
  ],
  'fields without @Message': ['not_a_message', 'Carrying.send: Holder is not a message; add @Message() to the class'],
  'a field without a type': [
    'member_without_type',
    'Holder.it: its type is unknown (the compiler emitted no type); write @Field(1, string)',
  ],
  'a request that nothing declares': [
    'parameter_without_type',
    'Holder.it: the type of its request is unknown; write @Method({ accepts: TheRequest, returns: ... }), or args: { name: type } for positional arguments',
  ],
  'arguments in another order': [
    'misordered_arguments',
    'Holder.it: parameter 1 is called dividend, but argument 1 is divisor; write the arguments in the order of the parameters',
  ],
}

for (const [name, compile] of Object.entries(compilers.standard)) {
  test(`a decorator that cannot be where it is is an error that names class and member: ${name}`, async t => {
    const out = join(folder.path, name.replaceAll(/\W/g, '-'))
    await compile([join(root, 'test/fixtures/standard/mistakes.ts')], out)
    const { mistakes } = (await import(pathToFileURL(join(out, 'mistakes.js')).href)) as {
      mistakes: Readonly<Record<string, () => unknown>>
    }
    t.deepEqual(Object.keys(mistakes), Object.keys(expected))
    for (const [what, make] of Object.entries(mistakes)) {
      const error = t.throws(make, { instanceOf: RpcError }, what)
      t.deepEqual([error?.reason, error?.message], expected[what], what)
      t.is(error?.code, Code.failed_precondition)
    }
  })
}

interface LegacyMistake {
  readonly make: () => unknown
  readonly message: string
}

const legacy: Readonly<Record<string, LegacyMistake>> = {
  '@Field on a getter': {
    make: () => {
      class Holder {
        // @ts-expect-error
        @Field(1, string) get it(): string {
          return ''
        }
      }
      return Holder
    },
    message: 'Holder.it: a getter cannot be a field; write @Field(...) before a property',
  },
  '@Field on an accessor': {
    make: () => {
      class Holder {
        // @ts-expect-error
        @Field(1, string) accessor it = ''
      }
      return Holder
    },
    message: 'Holder.it: an accessor cannot be a field; write @Field(...) before a property',
  },
  '@Method on a property': {
    make: () => {
      class Holder {
        // @ts-expect-error
        @Method(nothing) it = async () => {}
      }
      return Holder
    },
    message: 'Holder.it: a property cannot be a method of a service; write its decorator before an async method',
  },
  '@Service on a method': {
    make: () => {
      class Holder {
        // @ts-expect-error
        @Service() it(): void {}
      }
      return Holder
    },
    message: 'Holder.it: a method cannot be a service; write @Service() above the class',
  },
  '@Arg on a parameter of a constructor': {
    make: () => {
      class Holder {
        // @ts-expect-error
        constructor(@Arg(1, 'it', string) readonly it: string) {}
      }
      return Holder
    },
    message: 'Holder: a parameter of the constructor cannot be an argument; write it before a parameter of a method',
  },
  '@Context on a parameter of a static method': {
    make: () => {
      class Holder {
        static it(@Context() _call?: unknown): void {}
        readonly other = 1
      }
      return Holder
    },
    message: 'Holder.it: a static member cannot be an argument; leave out "static"',
  },
}

for (const [what, { make, message }] of Object.entries(legacy)) {
  test(`${what} is an error that names class and member, with experimentalDecorators`, t => {
    const error = t.throws(make, { instanceOf: RpcError })
    t.is(error?.message, message)
    t.is(error?.code, Code.failed_precondition)
  })
}

test('standard decorators without metadata, of an older compiler, are refused with what to do', t => {
  const error = t.throws(() => Field(1, string)(undefined as never, { kind: 'field', name: 'it' } as never), {
    instanceOf: RpcError,
  })
  t.is(error?.reason, 'old_decorators')
  t.regex(error?.message ?? '', /^it: .*take TypeScript 5\.2/)
})

test('decorators of 2018, which swc has in Next.js without experimentalDecorators, are refused with what to do', async t => {
  for (const [code, name] of [
    [`class A { @Field(1, string) it = '' }`, 'it'],
    [`@Message('old.A') class A {}`, 'a class'],
  ] as const) {
    const compiled = await transformBySwc(code, { jsc: { parser: { syntax: 'ecmascript', decorators: true } } })
    const error = t.throws(() => new Function('Field', 'Message', 'string', compiled)(Field, Message, string), {
      instanceOf: RpcError,
    })
    t.is(error?.reason, 'old_decorators')
    t.regex(error?.message ?? '', new RegExp(`^${name}: its compiler has older decorators; set experimentalDecorators`))
  }
})
