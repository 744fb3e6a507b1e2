import test, { type ExecutionContext } from 'ava'
import { carried } from '../../src/idl/carried.js'
import type { Contract } from '../../src/idl/format.js'
import { lockText } from '../../src/idl/lock/format.js'
import { lockOf } from '../../src/idl/lock/write.js'
import { modelOf } from '../../src/idl/model-of.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { openapi } from '../../src/idl/openapi/write.js'
import { writeTypeScript } from '../../src/idl/typescript/write.js'
import {
  bytes,
  Doc,
  date,
  defaulted,
  double,
  enumOf,
  Field,
  fieldMask,
  fixed,
  Http,
  Idempotent,
  int32,
  int64,
  type JsonObject,
  type JsonValue,
  listOf,
  listValue,
  Message,
  Method,
  mapOf,
  nothing,
  nullable,
  type OneOf,
  oneOf,
  optional,
  RpcError,
  Safe,
  Service,
  setOf,
  streamOf,
  string,
  struct,
  Throws,
  timeOfDay,
  timestamp,
  unimplemented,
  unionOf,
  value,
} from '../../src/index.js'
import { Avros, Part, Proto, Protos } from './constructs.js'
import { imported } from './imported.js'

const tier = enumOf({ FREE: 0, PRO: 5, LOW: -3 }, 'open.Tier', {
  doc: 'What one pays.',
  unknown: 5,
  properties: { kind: 'closed' },
  memberDocs: { PRO: 'With support.' },
  memberProperties: { FREE: { label: 'Free' } },
})

const choice = {
  text: [20, string, { doc: 'A text.', properties: { min: 1 } }],
  part: [21, Part, { jsonName: 'aPart' }],
} as const

@Doc('All that JSON Schema has no word for.')
@Message('open.Open', { reserved: [90, '92-95', 'gone'], properties: { owner: 'shop' } })
class Open {
  @Field(1, int32, { required: true, properties: { unit: 'ms' } }) a = 3
  @Doc('A text.') @Field(2, string, { name: 'second_one', jsonName: 'second-one', aliases: ['old'] }) b = ''
  @Field(3, optional(listOf(string))) c?: string[]
  @Field(4, optional(int32)) d? = 0
  @Field(5, optional(Part)) e?: Part
  @Field(6, Part) f?: Part
  @Field(7, mapOf(tier, listOf(nullable(string, { nullAt: 1 })))) g = new Map<number, (string | null)[]>()
  @Field(8, mapOf(date, timestamp)) h = new Map<string, Date>()
  @Field(9, setOf(fixed(4, 'open.Four', { doc: 'Four bytes.', properties: { of: 'ids' } }))) i = new Set<Uint8Array>()
  @Field(oneOf(choice), { name: 'one_of', sensitive: true }) j: OneOf<typeof choice> = { case: 'text', value: 'x' }
  @Field(10, struct) k: JsonObject = { x: [1, null] }
  @Field(11, value) l: JsonValue = 'v'
  @Field(12, listValue) m: readonly JsonValue[] = [1, { y: 2 }]
  @Field(13, fieldMask) n: readonly string[] = ['last_digits', 'note']
  @Field(14, unionOf(string, int32, Part)) o: string | number | Part = 7
  @Field(15, optional(unionOf(string, int64), { nullAt: 2 })) p?: string | bigint
  @Field(16, listOf(unionOf(string, int32))) q: (string | number)[] = ['a', 1]
  @Field(17, tier, { deprecated: true, sensitive: true }) r = 5
  @Field(18, tier) s = 0
  @Field(19, timeOfDay('micros'), { required: true }) t = '00:00:00'
  @Field(30, double) u = Number.POSITIVE_INFINITY
  @Field(31, bytes) v: Uint8Array = Uint8Array.of(1, 2)
  @Field(
    32,
    optional(() => Open),
  )
  w?: Open
}

@Message('open.Defaults')
class Defaults {
  @Field(1, Open) one = Object.assign(new Open(), {
    j: { case: 'part', value: Object.assign(new Part(), { name: 'y' }) },
    a: 4,
    o: 'text',
  })
}

@Message('open.Gone', { message: { name: 'why', number: 2 }, code: 'not_found', properties: { fatal: true } })
class Gone extends RpcError {
  @Field(1, string) what = ''
}

@Message('open.Bare')
class Bare extends RpcError {}

@Doc('Everything.')
@Service('open.Rest', { deprecated: true, properties: { team: 'core' } })
class Rest {
  @Doc('Reads one.')
  @Method({ accepts: Open, returns: Open, properties: { by: 'id' } })
  @Safe()
  @Http('GET /v1/open/{a}')
  @Http('POST /v1/open:find', { body: '*', responseBody: 'second_one' })
  one(_request: Open): Promise<Open> {
    return unimplemented()
  }
  @Method({ accepts: Open, returns: Part, deprecated: true })
  @Idempotent()
  @Http('PUT /v1/open/{a}', { body: 'f', status: 202, location: '/v1/parts/{name}' })
  @Throws(Gone, Bare)
  put(_request: Open): Promise<Part> {
    return unimplemented()
  }
  @Method({ accepts: streamOf(Part), returns: streamOf(Open) })
  @Http('POST /v1/parts', { body: '*' })
  both(_parts: AsyncIterable<Part>): AsyncIterable<Open> {
    return unimplemented()
  }
  @Method({ args: { file: bytes }, returns: bytes })
  @Http('POST /v1/files', { body: 'file', consumes: 'image/png, image/jpeg', produces: 'image/png' })
  @Throws({ 4: Gone })
  file(_file: Uint8Array): Promise<Uint8Array> {
    return unimplemented()
  }
  @Method({
    args: {
      state: tier,
      count: [7, defaulted(optional(int32, { nullAt: 1 }), 10), { doc: 'How many.', properties: { min: 1 } }],
      at: defaulted(Part, () => Object.assign(new Part(), { name: 'x' })),
      part: optional(Part),
      list: optional(listOf(string)),
    },
    returns: optional(unionOf(string, int32)),
  })
  args(
    _state: number,
    _count?: number,
    _at?: Part,
    _part?: Part,
    _list?: string[],
  ): Promise<string | number | undefined> {
    return unimplemented()
  }
  @Method({ args: { id: string }, returns: nothing, oneway: true }) touch(_id: string): Promise<void> {
    return unimplemented()
  }
  @Method(tier) state(): Promise<number> {
    return unimplemented()
  }
}

async function sameAgain(t: ExecutionContext, contract: Contract) {
  const again = await imported(t, openapi, contract)
  const [now, before] = [again, contract].map(one => ({
    lock: lockText(lockOf(one)).split('\n'),
    // What no lock has: descriptions, properties, the place of null.
    classes: writeTypeScript([modelOf(one)], () => '')[0]
      ?.text.split('\n')
      .sort(),
    document: openapi.write(one).flatMap(({ text }) => text.split('\n')),
  }))
  t.deepEqual(now?.lock, before?.lock)
  t.deepEqual(now?.classes, before?.classes)
  // A class made at run time has no zeros, which stand in the example of a default.
  if (!contract.messages.some(({ name }) => name === 'open.Defaults'))
    t.deepEqual(now?.document.toSorted(), before?.document.toSorted())
}

for (const [name, contract] of Object.entries({
  'OpenAPI itself': contractOf({ Rest, Open, Gone, tier }),
  'defaults within defaults': contractOf({ Defaults }),
  Avro: contractOf({ Avros }),
  protobuf: carried(contractOf({ Protos, Proto, Part }), openapi).contract,
}))
  test(`what is exported as OpenAPI is imported as the same contract, with the constructs of ${name}`, async t => {
    await sameAgain(t, contract)
  })
