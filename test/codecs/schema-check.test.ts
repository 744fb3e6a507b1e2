import test from 'ava'
import fc from 'fast-check'
import { avro } from '../../src/codecs/avro/codec.js'
import { json } from '../../src/codecs/json/codec.js'
import { msgpack, msgpackCompact } from '../../src/codecs/msgpack/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { thriftBinary } from '../../src/codecs/thrift/codec.js'
import { xml } from '../../src/codecs/xml/codec.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import {
  bytes,
  double,
  int32,
  int64,
  listOf,
  mapOf,
  oneOf,
  optional,
  setOf,
  string,
  timestamp,
} from '../../src/schema/algebra.js'
// It checks contracts.
import '../../src/decorators/read-service.js'
import { compile } from './contract.js'

// What a codec cannot carry is told when a server starts, though nothing is compiled before the first call: the checks and the compilers are
// two programs, and each is the other's oracle.

type AnyType = Parameters<typeof listOf>[0]

const scalars = [string, int32, int64, double, bytes, timestamp] as unknown as AnyType[]
const scalar = fc.constantFrom(...scalars)
const element: fc.Arbitrary<AnyType> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  scalar.map(type => listOf(type) as unknown as AnyType),
  scalar.map(type => mapOf(string, type) as unknown as AnyType),
)
const type: fc.Arbitrary<AnyType> = fc.oneof(
  { weight: 3, arbitrary: scalar },
  element.map(one => listOf(one) as unknown as AnyType),
  scalar.map(one => setOf(one) as unknown as AnyType),
  fc.tuple(fc.constantFrom(string, int32, double, bytes, listOf(string)), element).map(([key, value]) => {
    return mapOf(key as typeof string, value) as unknown as AnyType
  }),
  scalar.map(one => oneOf({ first: [101, one], second: [102, string] }) as unknown as AnyType),
  scalar.map(one => oneOf({ first: one }) as unknown as AnyType),
  element.map(one => oneOf({ first: [101, one] }) as unknown as AnyType),
  element.map(one => optional(listOf(one)) as unknown as AnyType),
)
const field = fc.record({
  type,
  number: fc.option(fc.constantFrom(-1, 0, 1, 2, 3, 4, 19_000, 32_767, 32_768, 70_000), { nil: undefined }),
  name: fc.constantFrom(undefined, 'plain', 'with-hyphen', 'with space', '1st', 'xmlns', 'naïve'),
  attribute: fc.boolean(),
})
type FieldOf = typeof field extends fc.Arbitrary<infer T> ? T : never

let made = 0

/** @returns undefined for what the decorators themselves refuse */
function classOf(fields: readonly FieldOf[]): (new () => object) | undefined {
  class Inner {}
  class Outer {}
  try {
    declare(Inner, fields.slice(1))
    Message(`check.Inner${made}`)(Inner)
    declare(Outer, fields.slice(0, 1))
    Field(9, Inner)(Outer.prototype as never, 'inner' as never)
    Message(`check.Outer${made++}`)(Outer)
    compile(json, Outer)
    return Outer
  } catch (error) {
    if (isRefusal(error)) return undefined
    throw error
  }
}

function declare(into: new () => object, fields: readonly FieldOf[]): void {
  for (const [at, { type: of, number, name, attribute }] of fields.entries()) {
    const options = { ...(name === undefined ? {} : { name: `${name}${at}` }), attribute }
    const decorator = (number === undefined ? Field(of as never, options) : Field(number, of as never, options)) as (
      target: object,
      key: string,
    ) => void
    decorator(into.prototype as object, `field${at}`)
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof RpcError && error.code === Code.failed_precondition
}

for (const codec of [protobuf, thriftBinary, xml, avro, json, msgpack, msgpackCompact]) {
  test(`${codec.name}: what passes at start-up compiles at the first call`, t => {
    let [taken, refused] = [0, 0]
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 3 }), fields => {
        const type = classOf(fields)
        if (type === undefined) return
        let serializer: ReturnType<typeof compile>
        try {
          serializer = compile(codec, type)
        } catch (error) {
          if (!isRefusal(error)) throw error
          refused++
          return
        }
        taken++
        serializer.decode(serializer.encode(Object.assign(new type(), { inner: {} })))
      }),
      { numRuns: 300 },
    )
    t.true(taken > 20, `${taken} taken`)
    const refusesNothing = codec === json || codec === msgpack || codec === msgpackCompact
    t.is(refused === 0, refusesNothing, `${refused} refused`)
  })
}

test('nothing is compiled before it is used', t => {
  let instances = 0
  class Counted {
    text = ''
    constructor() {
      instances++
    }
  }
  Field(1, string)(Counted.prototype, 'text')
  Message('check.Counted')(Counted)
  compile(json, Counted)
  const known = instances
  const serializers = [protobuf, thriftBinary, xml, avro, json, msgpack, msgpackCompact].map(codec =>
    compile(codec, Counted),
  )
  t.is(instances, known)
  for (const serializer of serializers) {
    const before = instances
    t.is(serializer.decode(serializer.encode({ text: 'a' })).text, 'a')
    t.true(instances > before + 1, 'a compiler makes an instance to see what it holds')
  }
})
