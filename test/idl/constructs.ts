import {
  Any,
  bool,
  bytes,
  constantsOf,
  Doc,
  date,
  decimal,
  defaulted,
  delimited,
  double,
  duration,
  empty,
  enumOf,
  Field,
  fieldMask,
  fixed,
  fixed32,
  fixed64,
  float,
  Idempotent,
  int8,
  int16,
  int32,
  int64,
  type JsonObject,
  type JsonValue,
  listOf,
  listValue,
  localTimestamp,
  Message,
  Method,
  mapOf,
  nothing,
  nullable,
  nullValue,
  type OneOf,
  oneOf,
  optional,
  RpcError,
  Safe,
  Service,
  setOf,
  sfixed32,
  sfixed64,
  sint32,
  sint64,
  streamOf,
  string,
  struct,
  Throws,
  timeOfDay,
  timestamp,
  typedef,
  uint32,
  uint64,
  unimplemented,
  unionOf,
  uuid,
  value,
  wrapped,
} from '../../src/index.js'

// Every construct that docs/guide/contracts.md says a format has, in one contract for each format.

enum Level {
  LEVEL_UNSPECIFIED = 0,
  LEVEL_HIGH = 5,
}
const level = enumOf(Level, 'all.Level')

@Message('all.Part')
export class Part {
  @Field(1, string) name = ''
}

const choice = {
  text: [20, string],
  part: [21, Part],
  none: [22, nullValue],
  number: [23, uint32, { jsonName: 'aNumber' }],
} as const

@Message('all.Proto', { reserved: [90, '92-95', '1000-max', 'gone'] })
export class Proto {
  @Field(1, double) a = 0
  @Field(2, float) b = 0
  @Field(3, int32) c = 0
  @Field(4, uint32) d = 0
  @Field(5, sint32) e = 0
  @Field(6, fixed32) f = 0
  @Field(7, sfixed32) g = 0
  @Field(8, int64) h = 0n
  @Field(9, uint64) i = 0n
  @Field(10, sint64) j = 0n
  @Field(11, fixed64) k = 0n
  @Field(12, sfixed64) l = 0n
  @Field(13, bool) m = false
  @Field(14, string) n = ''
  @Field(15, bytes) o: Uint8Array = new Uint8Array()
  @Field(16, optional(int32)) p?: number
  @Field(17, level) q = Level.LEVEL_UNSPECIFIED
  @Field(18, listOf(level)) r: Level[] = []
  @Field(19, mapOf(int64, Part)) s = new Map<bigint, Part>()
  @Field(oneOf(choice), { name: 'one_of_four' }) oneOfFour?: OneOf<typeof choice>
  @Field(30, wrapped(string)) t?: string
  @Field(31, struct) u?: JsonObject
  @Field(32, value) v?: JsonValue
  @Field(33, listValue) w?: readonly JsonValue[]
  @Field(34, fieldMask) x?: readonly string[]
  @Field(35, Any) y?: Any
  @Field(36, timestamp) z?: Date
  @Field(37, duration) duration?: number
  @Field(38, delimited(Part)) group?: Part
  @Field(39, () => Proto) again?: Proto
  @Field(40, string, { deprecated: true, sensitive: true, jsonName: 'theSecret' }) secret = ''
}

@Service('all.Protos', { deprecated: true })
export class Protos {
  @Method({ accepts: Proto, returns: Proto }) @Safe() unary(_request: Proto): Promise<Proto> {
    return unimplemented()
  }
  @Method({ accepts: streamOf(Proto), returns: Part }) up(_requests: AsyncIterable<Proto>): Promise<Part> {
    return unimplemented()
  }
  @Method({ accepts: Part, returns: streamOf(Proto) }) down(_request: Part): AsyncIterable<Proto> {
    return unimplemented()
  }
  @Method({ accepts: streamOf(Part), returns: streamOf(Proto) })
  both(_requests: AsyncIterable<Part>): AsyncIterable<Proto> {
    return unimplemented()
  }
  @Method({ accepts: Part, returns: empty, deprecated: true }) @Idempotent() clear(_request: Part): Promise<void> {
    return unimplemented()
  }
}

@Message('all.Missing', { message: true })
export class Missing extends RpcError {
  @Field(string) what = ''
}

const email = { email: string, part: Part } as const

@Message('all.Avro', { properties: { owner: 'shop' } })
export class Avro {
  @Field(bool) a = true
  @Field(int32) b = 5
  @Field(int64, { required: true }) c = 0n
  @Field(float) d = 0.5
  @Field(double) e = 0
  @Field(bytes) f: Uint8Array = Uint8Array.of(1)
  @Field(string, { aliases: ['old'], deprecated: true, properties: { order: 'ignore' } }) g = ''
  @Field(fixed(4, 'all.Four'), { required: true }) h: Uint8Array = new Uint8Array(4)
  @Field(optional(date)) i?: string
  @Field(optional(timeOfDay('millis'))) j?: string
  @Field(optional(timestamp('micros'))) k?: string
  @Field(optional(localTimestamp('nanos'))) l?: string
  @Field(decimal(10, 2)) m = '0.00'
  @Field(timestamp, { required: true }) n = new Date(0)
  @Field(uuid, { required: true }) o = ''
  @Field(enumOf(Level, 'all.AvroLevel', { unknown: Level.LEVEL_HIGH })) p = Level.LEVEL_UNSPECIFIED
  @Field(listOf(nullable(string))) q: (string | null)[] = []
  @Field(mapOf(string, int64)) r = new Map<string, bigint>()
  @Field(mapOf(date, Part)) s = new Map<string, Part>()
  @Field(optional(unionOf(string, int32, Part), { nullAt: 2 })) t?: string | number | Part
  @Field(oneOf(email)) u?: OneOf<typeof email>
  @Field(optional(() => Avro)) v?: Avro
  @Field(uint64) w = 0n
  @Field(optional(string, { noDefault: true })) x?: string
  @Field(optional(Part, { noDefault: true })) y?: Part
  @Field(enumOf(Level, 'all.StrictLevel', { unknown: null })) z = Level.LEVEL_UNSPECIFIED
}

@Service('all.Avros', { deprecated: true, properties: { owner: 'shop' } })
export class Avros {
  @Method({ accepts: Avro, returns: Avro }) @Throws(Missing) one(_request: Avro): Promise<Avro> {
    return unimplemented()
  }
  @Method({ args: { id: string, page: optional(int32), size: defaulted(optional(int32), 10) }, returns: listOf(Part) })
  list(_id: string, _page?: number, _size?: number): Promise<Part[]> {
    return unimplemented()
  }
  @Method({ args: { id: string }, returns: optional(Part) }) find(_id: string): Promise<Part | undefined> {
    return unimplemented()
  }
  @Method({ args: { id: string }, returns: nothing, oneway: true, deprecated: true, properties: { by: 'id' } })
  touch(_id: string): Promise<void> {
    return unimplemented()
  }
}

@Message('base.Shared', { properties: { owner: 'all' } })
class Shared {
  @Field(1, int32) x = 0
  @Field(2, optional(string)) name?: string
}

@Service('base.Base', { properties: { team: 'core' } })
export class Base {
  @Doc('Answers.')
  @Method({ args: { times: [1, int32] }, returns: bool, name: 'ping' })
  ping(_times: number): Promise<boolean> {
    return unimplemented()
  }
}

@Message('base.Reserved')
class Reserved {
  @Field(1, string, { properties: { pii: '1' } }) from = ''
  @Field(2, int32) end = 0
}

const tier = enumOf({ FREE: 0, PRO: 5, LOW: -3 }, 'all.Tier', {
  doc: 'What one pays.',
  properties: { kind: 'closed' },
  memberDocs: { PRO: 'With support.' },
  memberProperties: { FREE: { label: 'Free "of" charge' } },
})

const content = {
  lines: [1, listOf(string), { doc: 'Line by line.' }],
  points: [2, setOf(Shared), { properties: { 'cpp.name': 'dots' } }],
  series: [3, mapOf(string, listOf(double))],
  one: [4, Shared],
} as const

@Message('all.Content', { properties: { closed: '' } })
class Content {
  @Field(oneOf(content)) value?: OneOf<typeof content>
}

const Count = typedef('all.Count', int64, { doc: 'How many.', properties: { 'java.boxed': 'true' } })
const Path = typedef('all.Path', listOf(Shared))
const Paths = typedef('all.Paths', mapOf(string, Path))
const TierName = typedef('base.Tiers', setOf(string))

export const thriftConstants = constantsOf('all', {
  LIMIT: [int32, 10, { doc: 'The most that one gets.' }],
  MOST: [Count, 5n],
  RATE: [double, 1.5],
  TEXT: [string, 'it\'s "x"\n\\'],
  BEST: [tier, 5],
  ORIGIN: [Shared, Object.assign(new Shared(), { x: 5, name: 'o' })],
  LABELS: [mapOf(Shared, listOf(string)), new Map([[Object.assign(new Shared(), { x: 1 }), ['one']]])],
  FLAGS: [listOf(bool), [true, false]],
  LINES: [Content, Object.assign(new Content(), { value: { case: 'lines', value: ['a'] } })],
})

@Doc('All of it.\n\nIn two paragraphs.')
@Message('all.Thrift', { properties: { 'python.immutable': '' } })
export class Thrift {
  @Field(0, bool) a = false
  @Field(-300, optional(int8)) b?: number
  @Field(19_000, int16) c = 0
  @Field(32_767, int32) d = 0
  @Field(1, int64) e = 0n
  @Field(2, double) f = 0
  @Doc('The text.') @Field(3, string) g = ''
  @Field(4, bytes) h: Uint8Array = new Uint8Array()
  @Field(5, int32, { required: true }) i = 3
  @Field(6, listOf(int32), { required: true }) j = [7]
  @Field(7, optional(int32)) k? = 10
  @Field(8, optional(int32)) l? = 0
  @Field(9, optional(listOf(int32))) m?: number[] = []
  @Field(10, optional(string), { properties: { order: 'ignore', pii: '1' } }) n?: string
  @Field(11, tier) o = 5
  @Field(12, listOf(int32)) p = [1, 2]
  @Field(13, setOf(string)) q = new Set(['a'])
  @Field(14, mapOf(string, tier)) r = new Map([['x', 5]])
  @Field(15, Shared) s = Object.assign(new Shared(), { x: 5, name: 'o' })
  @Field(16, mapOf(Shared, listOf(string))) u = new Map<Shared, string[]>()
  @Field(17, setOf(Shared)) v = new Set<Shared>()
  @Field(18, mapOf(listOf(int32), setOf(double))) w = new Map<number[], Set<number>>()
  @Field(20, Content) x = Object.assign(new Content(), { value: { case: 'lines', value: ['a', 'b'] } })
  @Field(21, Count) y = 0n
  @Field(22, Paths) z = new Map<string, Shared[]>()
  @Field(23, tier) level = 0
  @Field(24, optional(Shared)) absent?: Shared
  @Field(25, Shared, { required: true }) must = new Shared()
  @Field(26, bytes) blob: Uint8Array = Uint8Array.of(97, 98)
  @Field(27, double) ratio = 1.5
  @Field(28, int64) large = 9_007_199_254_740_993n
  @Field(29, bool) flag = true
  @Field(30, TierName) names = new Set<string>()
  @Field(31, int32, { name: 'then' }) then_ = 0
  @Field(32, string) message = ''
  @Field(33, int32, { name: 'constructor' }) constructor_ = 0
  @Field(
    34,
    optional(() => Thrift),
  )
  again?: Thrift
  @Field(35, Reserved) reserved = Object.assign(new Reserved(), { from: 'here' })
  @Field(36, string, { deprecated: true }) old = ''
  @Field(37, string, { deprecated: true, name: 'until', properties: { pii: '1' } }) until_ = ''
}

@Message('all.Closed', { message: 2, properties: { fatal: '1' } })
class Closed extends RpcError {
  @Field(1, string) what = ''
}

@Message('all.Late')
class Late extends RpcError {
  @Field(-1, int32) by = 0
  @Field(2, Shared) last?: Shared
}

@Doc('Everything.')
@Service('all.Thrifts', { properties: { owner: 'shop' } })
export class Thrifts extends Base {
  @Method({ accepts: Thrift, returns: Thrift }) unary(_request: Thrift): Promise<Thrift> {
    return unimplemented()
  }
  @Method({
    args: {
      sku: [1, string, { doc: 'What to buy.', properties: { min: '1' } }],
      count: [-2, defaulted(int32, 3)],
      tier: [19_500, defaulted(tier, 5)],
      notes: [4, defaulted(listOf(string), () => ['n'])],
      at: [5, defaulted(Shared, () => Object.assign(new Shared(), { x: 2 }))],
      ids: [6, defaulted(listOf(int32), () => [])],
      map: [7, mapOf(Shared, tier)],
    },
    returns: Path,
    properties: { instead: 'use sell' },
  })
  @Throws({ 4: Closed, [-2]: Late })
  buy(
    _sku: string,
    _count?: number,
    _tier?: number,
    _notes?: string[],
    _at?: Shared,
    _ids?: number[],
    _map?: Map<Shared, number>,
  ): Promise<Shared[]> {
    return unimplemented()
  }
  @Method({ returns: mapOf(Shared, setOf(int32)) }) @Throws(Closed, Late) all(): Promise<Map<Shared, Set<number>>> {
    return unimplemented()
  }
  @Method({ args: { line: [1, string] }, returns: nothing, oneway: true }) log(_line: string): Promise<void> {
    return unimplemented()
  }
  @Method(nothing) reset(): Promise<void> {
    return unimplemented()
  }
}
