import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { Code, codeName, codeOf } from '../../src/core/code.js'
import { Headers } from '../../src/core/headers.js'
import { misuse, RpcError, unimplemented } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { double, string } from '../../src/schema/algebra.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'

@Message('demo.DivisionByZero')
class DivisionByZero extends RpcError {
  @Field(1, double) dividend = 0
}

test('an error says its code in its name, and a class of its own says its name', t => {
  t.is(String(new RpcError('no such user', Code.not_found)), 'RpcError [not_found]: no such user')
  t.is(String(new DivisionByZero('by zero')), 'DivisionByZero: by zero')
  t.regex(new RpcError('no such user', Code.not_found).stack ?? '', /^RpcError \[not_found\]: no such user\n/)
})

test('of makes a declared error with its fields, the code of its contract, and a stack that begins where it was made', t => {
  @Message('demo.TooHeavy', { code: 'out_of_range' })
  class TooHeavy extends RpcError {
    @Field(1, double) kilos = 0
    @Field(2, string) override name = 'none'
  }
  const cause = new Error('scales')
  const headers = new Headers({ 'x-shelf': '3' })
  const error = TooHeavy.of('7 kg are too much', { kilos: 7, name: 'crate' }, { cause, headers })
  t.true(error instanceof TooHeavy)
  t.like(error, { message: '7 kg are too much', code: Code.out_of_range, kilos: 7, name: 'crate', headers })
  t.is(error.cause, cause)
  t.deepEqual(
    Object.keys(error).filter(key => ['message', 'cause', 'stack'].includes(key)),
    [],
  )
  t.regex(error.stack ?? '', /^.*7 kg are too much\n +at .*rpc-error\.test/)
  t.is(TooHeavy.of('x').code, Code.out_of_range)
  t.is(new TooHeavy('x').code, Code.out_of_range)
  t.is(new TooHeavy('x', Code.aborted).code, Code.aborted)
  t.is(TooHeavy.of('x', {}, { code: Code.aborted }).code, Code.aborted)
  class Heavier extends TooHeavy {}
  t.is(new Heavier().code, Code.out_of_range, 'a contract is inherited')
  t.is(RpcError.of('plain').code, Code.unknown)
})

test('an error may have a field called name', t => {
  @Message('demo.NotFound', { code: 'not_found' })
  class NotFound extends RpcError {
    @Field(1, string) override name!: string
  }
  t.is(NotFound.of('no such user', { name: 'ada' }).name, 'ada')
  const error = new RpcError('x')
  error.name = 'Renamed'
  t.is(error.name, 'Renamed')
  t.is(new RpcError('x').name, 'RpcError [unknown]', 'and no other error is renamed by it')
})

test('defaults: unknown code, unknown delivery, no details, no cause', t => {
  const error = new RpcError()
  t.is(error.code, Code.unknown)
  t.is(error.delivery, 'unknown')
  t.deepEqual(error.details, [])
  t.is(error.message, '')
  t.false('cause' in error)
})

test('from keeps an RpcError, and wraps anything else with its cause', t => {
  const error = new RpcError('x')
  t.is(RpcError.from(error), error)
  const plain = new TypeError('oops')
  t.like(RpcError.from(plain, Code.internal), { code: Code.internal, message: 'oops', cause: plain })
  t.like(RpcError.from('text'), { code: Code.unknown, message: 'text', cause: 'text' })
  t.like(RpcError.from(undefined), { message: 'undefined' })
})

test('instanceof tells errors from what is none, and a subclass from its siblings', t => {
  class Other extends RpcError {}
  t.true(new DivisionByZero() instanceof RpcError)
  t.true(new DivisionByZero() instanceof DivisionByZero)
  t.false((new RpcError() as unknown) instanceof DivisionByZero)
  t.false((new Other() as unknown) instanceof DivisionByZero)
  for (const none of [new Error('x'), { code: 5 }, null, undefined, 'text', 5])
    t.false((none as unknown) instanceof RpcError)
})

test('misuse and unimplemented carry their stable reasons', t => {
  t.like(misuse('empty_enum', 'text'), { code: Code.failed_precondition, reason: 'empty_enum', delivery: 'unsent' })
  t.like(
    t.throws(() => unimplemented()),
    { code: Code.unimplemented, reason: 'contract_without_implementation' },
  )
})

test('codes are found by number and by name, and nothing else is one', t => {
  for (let number = 0; number <= 16; number++) t.is(codeOf(codeName(number)), codeOf(number))
  t.is(codeName(Code.ok), 'ok')
  for (const none of [-1, 17, 1.5, Number.NaN, '5', 'NOT_FOUND', 'toString', '__proto__', null, undefined, {}])
    t.is(codeOf(none), undefined, String(none))
})

test('two installed copies of polywire recognise each other: errors, messages and schemas', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const here = new URL('../../src', import.meta.url)
  await cp(here, join(folder, 'build/src'), { recursive: true })
  await cp(new URL('../../../package.json', import.meta.url), join(folder, 'package.json'))
  await cp(
    new URL('../../../node_modules/reflect-metadata', import.meta.url),
    join(folder, 'node_modules/reflect-metadata'),
    {
      recursive: true,
      dereference: true,
    },
  )
  const load = <M>(path: string): Promise<M> =>
    import(pathToFileURL(join(folder, 'build/src', path)).href) as Promise<M>
  const copy = await load<typeof import('../../src/core/rpc-error.js')>('core/rpc-error.js')
  const resolve = await load<typeof import('../../src/schema/resolve.js')>('schema/resolve.js')
  const service = await load<typeof import('../../src/decorators/service.js')>('decorators/service.js')
  const reading = await load<typeof import('../../src/decorators/read-service.js')>('decorators/read-service.js')
  t.not(copy.RpcError, RpcError)

  t.true(new copy.RpcError('x', Code.not_found) instanceof RpcError)
  t.true(new DivisionByZero() instanceof copy.RpcError)
  t.is(copy.RpcError.from(new DivisionByZero()).constructor, DivisionByZero)
  t.is(resolve.messageSchemaOf(DivisionByZero), messageSchemaOf(DivisionByZero))

  class Maths {
    async halve(): Promise<void> {}
  }
  const descriptor = Object.getOwnPropertyDescriptor(Maths.prototype, 'halve') as TypedPropertyDescriptor<
    () => Promise<void>
  >
  service.Method({ accepts: DivisionByZero, returns: DivisionByZero } as never)(
    Maths.prototype,
    'halve',
    descriptor as never,
  )
  service.Throws(DivisionByZero)(Maths.prototype, 'halve', descriptor)
  service.Service('demo.Maths')(Maths)
  t.is(reading.serviceOf(Maths).methods[0]?.throws[0]?.class, DivisionByZero)
})
