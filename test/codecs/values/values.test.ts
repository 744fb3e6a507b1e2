import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { avro } from '../../../src/codecs/avro/codec.js'
import type { Codec, CodecOptions, Serializer } from '../../../src/codecs/codec.js'
import { json } from '../../../src/codecs/json/codec.js'
import { msgpack, msgpackCompact } from '../../../src/codecs/msgpack/codec.js'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { thriftBinary, thriftCompact, thriftJson } from '../../../src/codecs/thrift/codec.js'
import { xml } from '../../../src/codecs/xml/codec.js'
import { Code } from '../../../src/core/code.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { Method, Service } from '../../../src/decorators/service.js'
import { connect, disconnect, serve } from '../../../src/index.js'
import { bytes, double, int32, int64, listOf, mapOf, setOf, string, timestamp } from '../../../src/schema/algebra.js'
import type { MessageSchema } from '../../../src/schema/message.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import { leastCpuOf } from '../cost.js'

const codecs = [protobuf, json, xml, msgpack, msgpackCompact, avro, thriftBinary, thriftCompact, thriftJson]

@Message('values.Entry')
class Entry {
  @Field(1, listOf(string)) tags: string[] = []
  @Field(2, mapOf(string, int32)) counts: Map<string, number> = new Map()
  @Field(3, setOf(string)) seen: Set<string> = new Set()
  @Field(4, mapOf(int32, string)) names: Map<number, string> = new Map()
}

@Message('values.Entries')
class Entries {
  @Field(1, listOf(Entry)) entries: Entry[] = []
}

@Message('values.Flat')
class Flat {
  @Field(1, listOf(int32)) ints: number[] = []
  @Field(2, listOf(double)) doubles: number[] = []
  @Field(3, listOf(string)) strings: string[] = []
  @Field(4, listOf(int64)) longs: bigint[] = []
  @Field(5, listOf(bytes)) blobs: Uint8Array[] = []
  @Field(6, listOf(timestamp)) times: Date[] = []
  @Field(7, setOf(int32)) set: Set<number> = new Set()
  @Field(8, mapOf(int32, int32)) map: Map<number, number> = new Map()
}

function compiled<T>(codec: Codec, type: new () => T, values: number): Serializer<T> {
  return codec.compile(messageSchemaOf(type) as MessageSchema<T>, { depth: 64, values })
}

function refusalOf(action: () => unknown): RpcError | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
}

function emptyEntries(count: number): Entries {
  return Object.assign(new Entries(), { entries: new Array(count).fill(new Entry()) })
}

function fullEntry(): Entry {
  return Object.assign(new Entry(), {
    tags: ['north', 'express', 'fragile'],
    counts: new Map([
      ['boxes', 12],
      ['pallets', 3],
    ]),
    seen: new Set(['hamburg', 'rotterdam']),
    names: new Map([[7, 'harbour']]),
  })
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapOf(make: () => unknown): number {
  collect()
  const before = process.memoryUsage().heapUsed
  const kept = make()
  collect()
  const bytesKept = process.memoryUsage().heapUsed - before
  return kept === undefined ? 0 : bytesKept
}

const messageBytes = 1 << 20
const limit = messageBytes / 16

for (const codec of codecs) {
  test(`${codec.name}: a list of empty messages costs no more than an ordinary message of its size`, t => {
    const serializer = compiled(codec, Entries, limit)
    const unlimited = compiled(codec, Entries, Number.POSITIVE_INFINITY)
    const each = serializer.encode(emptyEntries(1001)).length - serializer.encode(emptyEntries(1)).length
    const hostile = serializer.encode(emptyEntries(Math.floor((1000 * messageBytes) / each)))
    const size = serializer.encode({ entries: [fullEntry()] }).length
    const full = serializer.encode({ entries: new Array(Math.floor(messageBytes / size)).fill(fullEntry()) })

    const error = refusalOf(() => serializer.decode(hostile))
    t.is(error?.code, Code.resource_exhausted)
    t.is(error?.reason, 'too_many_values')
    t.regex(error?.message ?? '', /more than 65536 values \(limits\.values\)/)

    const price = leastCpuOf(2, () => unlimited.decode(full))
    const cost = leastCpuOf(2, () => refusalOf(() => serializer.decode(hostile)))
    t.true(cost < 8 * price, `${cost} us, ordinary ${price} us`)

    const ordinaryHeap = heapOf(() => unlimited.decode(full))
    const largest = serializer.encode(emptyEntries(Math.floor(limit / 32)))
    const heap = heapOf(() => serializer.decode(largest))
    t.true(heap < 4 * ordinaryHeap, `${heap} bytes, ordinary ${ordinaryHeap}`)
  })

  test(`${codec.name}: what counts as a value`, t => {
    const take = (field: Partial<Flat>, values: number) => {
      const written = compiled(codec, Flat, values).encode(Object.assign(new Flat(), field))
      return refusalOf(() => compiled(codec, Flat, values).decode(written))?.reason
    }
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
    // 20 are more than the message itself counts.
    t.is(take({ ints: hundred, doubles: hundred }, 20), undefined)
    const counted: Partial<Flat>[] = [
      { strings: hundred.map(String) },
      { longs: hundred.map(BigInt) },
      { blobs: hundred.map(one => Uint8Array.of(one)) },
      { times: hundred.map(one => new Date(one)) },
      { set: new Set(hundred) },
      { map: new Map(hundred.map(one => [one, one])) },
    ]
    for (const field of counted) {
      t.is(take(field, 99), 'too_many_values', Object.keys(field)[0])
      t.is(take(field, 120), undefined, Object.keys(field)[0])
    }
  })

  test(`${codec.name}: every message has its own count, whatever became of the one before`, t => {
    const serializer = compiled(codec, Flat, 50)
    const fits = serializer.encode(Object.assign(new Flat(), { strings: new Array(30).fill('x') }))
    const exceeds = serializer.encode(Object.assign(new Flat(), { strings: new Array(60).fill('x') }))
    for (let times = 0; times < 3; times++) {
      t.is(
        refusalOf(() => serializer.decode(fits)),
        undefined,
      )
      t.is(refusalOf(() => serializer.decode(exceeds))?.reason, 'too_many_values')
    }
  })

  test(`${codec.name}: the lists of a message are its own`, t => {
    const serializer = compiled(codec, Entries, 1000)
    const { entries } = serializer.decode(serializer.encode(emptyEntries(2)))
    const [one, other] = entries as [Entry, Entry]
    one.tags.push('mine')
    one.counts.set('mine', 1)
    t.deepEqual(other, new Entry())
    t.deepEqual(Object.keys(one), ['tags', 'counts', 'seen', 'names'])
  })
}

test('json: objects of unknown fields and text that has to be parsed as a whole count too', t => {
  const serializer = compiled(json, Entries, 30_000)
  const unknown = `{"other":[${new Array(70_000).fill('{}').join()}]}`
  t.is(refusalOf(() => serializer.decode(Buffer.from(unknown)))?.reason, 'too_many_values')
  const twice = `{"entries":[],"entries":[${new Array(70_000).fill('{}').join()}]}`
  t.is(refusalOf(() => serializer.decode(Buffer.from(twice)))?.reason, 'too_many_values')
})

test('thrift-json: what stands in the arrays of a message counts before it is parsed, and the objects around fields do not', t => {
  const serializer = compiled(thriftJson, Entries, 30_000)
  const elements = (element: string) =>
    Buffer.from(`{"99":{"lst":["rec",70000,${new Array(70_000).fill(element).join()}]}}`)
  t.is(refusalOf(() => serializer.decode(elements('{}')))?.reason, 'too_many_values')
  t.is(refusalOf(() => serializer.decode(elements(' [ ]')))?.reason, 'too_many_values')
  const fields = Array.from({ length: 30_000 }, (_, i) => `"${i + 100}" : {"rec": {}}`)
  t.is(
    refusalOf(() => serializer.decode(Buffer.from(`{${fields.join()}}`))),
    undefined,
  )
})

@Message('values.Amount')
class Amount {
  @Field(1, int32) count = 0
}

@Service('values.Store')
class Store {
  @Method({ accepts: Entries, returns: Amount }) async count({ entries }: Entries): Promise<Amount> {
    return { count: entries.length }
  }
  @Method({ accepts: Amount, returns: Entries }) async list({ count }: Amount): Promise<Entries> {
    return emptyEntries(count)
  }
}

test('4 KiB of gzip are refused over HTTP, and the connection takes the next call', async t => {
  const server = await serve([Store])
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${server.port}/values.Store/Count`
  const call = (body: string) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(body, { level: 9 }),
    })
  const hostile = `{"entries":[${new Array(1_390_000).fill('{}').join()}]}`
  t.true(gzipSync(hostile, { level: 9 }).length < 10_000)
  const refused = await call(hostile)
  t.is(refused.status, 429)
  t.like(await refused.json(), { code: 'resource_exhausted' })
  t.deepEqual(await (await call('{"entries":[{},{}]}')).json(), { count: 2 })
})

for (const target of ['grpc', 'http', 'http+json', 'thrift', 'avro', 'memory']) {
  test(`limits.values holds for requests and replies: ${target}`, async t => {
    const [protocol, codec] = target.split('+')
    const server = await serve([Store], { memory: `values-${protocol}-${codec}`, limits: { values: 1000 } })
    t.teardown(() => server.close())
    const address =
      protocol === 'memory'
        ? `memory://values-${protocol}-${codec}`
        : `${protocol}://127.0.0.1:${server.port}${codec ? `?codec=${codec}` : ''}`
    const limited = connect(Store, address, { limits: { values: 500 } })
    t.teardown(() => disconnect(limited))
    t.is((await limited.count(emptyEntries(10))).count, 10)
    t.is(
      (await t.throwsAsync(limited.count(emptyEntries(990)), { instanceOf: RpcError })).code,
      Code.resource_exhausted,
    )
    t.is((await limited.list({ count: 10 })).entries.length, 10)
    t.regex((await t.throwsAsync(limited.list({ count: 490 }))).message, /more than 500 values/)
    t.is((await limited.count(emptyEntries(10))).count, 10)
  })
}

test('a codec without a check is compiled at start-up, with the limit', async t => {
  const seen: CodecOptions[] = []
  const { check: _, ...unchecked } = json
  const custom: Codec = {
    ...unchecked,
    name: 'custom',
    contentTypes: ['custom'],
    compile: (schema, options) => {
      seen.push(options)
      return json.compile(schema, options)
    },
  }
  const server = await serve([Store], { codecs: [custom], limits: { values: 1234 } })
  await server.close()
  t.true(seen.length > 0 && seen.every(({ values }) => values === 1234))
})
