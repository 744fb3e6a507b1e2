import test from 'ava'
import fc from 'fast-check'
import { Code } from '../../../src/core/code.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { serviceOf } from '../../../src/decorators/read-service.js'
import { Method, Service } from '../../../src/decorators/service.js'
import { protocolOf } from '../../../src/protocols/avro/protocol-schema.js'
import { checkNames, refusal } from '../../../src/protocols/avro/unsupported.js'
import { int32, mapOf, oneOf, streamOf, string } from '../../../src/schema/algebra.js'
import type { ServiceSchema } from '../../../src/schema/service.js'
import type { Class } from '../../../src/schema/type.js'

// A server checks the names when it starts, and makes the protocol for its first client: each is the other's oracle.

// A map whose keys are not text is a record in Avro, named after its place: `names.One_text_entry`. So is each case of a oneOf.
const names = ['names.One', 'names.One_text_entry', 'names.One_text_first', 'names.with-hyphen'] as const
const fields = {
  text: string,
  entries: mapOf(int32, string),
  cases: oneOf({ first: [1, string], second: [2, string] }),
  text2: string,
} as const
const message = fc.constantFrom('names.One', 'names.One', ...names)
type Shape = keyof typeof fields
const shape = fc.constantFrom(...(Object.keys(fields) as Shape[]))
const shapes = fc.tuple(fc.constantFrom<Shape>('entries', 'cases'), shape, shape, shape)
const method = fc.record({
  input: message,
  output: message,
  streams: fc.constantFrom(false, false, true),
  wire: fc.constantFrom(undefined, 'Say', 'Tell', 'say-so'),
})
type MethodOf = typeof method extends fc.Arbitrary<infer T> ? T : never

function messageClass(name: string, shape: Shape): Class<object> {
  class Made {}
  // The cases of a oneOf have numbers of their own.
  const field = (shape === 'cases' ? Field(fields.cases) : Field(10, fields[shape] as never)) as (
    target: object,
    key: string,
  ) => void
  field(Made.prototype, shape === 'text2' ? 'text2' : 'text')
  Message(name)(Made)
  return Made
}

function serviceFor(shapes: readonly Shape[], methods: readonly MethodOf[]): ServiceSchema {
  class Named {}
  const messages = new Map(names.map((name, at) => [name, messageClass(name, shapes[at] ?? 'text')]))
  for (const [at, { input, output, streams, wire }] of methods.entries()) {
    const key = `method${at}`
    const value = async (): Promise<object> => ({})
    const descriptor = { value, configurable: true, writable: true }
    Object.defineProperty(Named.prototype, key, descriptor)
    const accepts = messages.get(input) as Class<object>
    const returns = messages.get(output) as Class<object>
    const options = wire === undefined ? {} : { name: `${wire}${at}` }
    const decorator = Method({ accepts: streams ? streamOf(accepts) : accepts, returns, ...options } as never)
    ;(decorator as (target: object, key: string, descriptor: object) => void)(Named.prototype, key, descriptor)
  }
  Service('names.Named')(Named)
  return serviceOf(Named)
}

function outcomeOf(action: () => void): string {
  try {
    action()
    return 'passes'
  } catch (error) {
    if (error instanceof RpcError && error.code === Code.failed_precondition) return error.message
    throw error
  }
}

test('a server of Avro refuses at its start what its first client would find, and nothing else', t => {
  const seen = { passes: 0, refused: 0 }
  fc.assert(
    fc.property(shapes, fc.array(method, { minLength: 1, maxLength: 6 }), (shapes, methods) => {
      const service = serviceFor(shapes, methods)
      const carried = service.methods.filter(one => refusal(one) === undefined)
      const made = outcomeOf(() => void protocolOf(service, carried))
      seen[made === 'passes' ? 'passes' : 'refused']++
      if (outcomeOf(() => checkNames(service)) !== made) throw new Error(`${made}, but not at the start`)
    }),
    { numRuns: 500 },
  )
  t.true(seen.passes > 20 && seen.refused > 20, JSON.stringify(seen))
})
