import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { classesOf } from '../../src/idl/classes.js'
import type { Contract, ExportFormat } from '../../src/idl/format.js'
import { exportFormats } from '../../src/idl/formats.js'
import { lockText } from '../../src/idl/lock/format.js'
import { lockOf } from '../../src/idl/lock/write.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { readSources } from '../../src/idl/read-source.js'
import {
  Any,
  bool,
  bytes,
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
class Part {
  @Field(1, string) name = ''
}

const choice = {
  text: [20, string],
  part: [21, Part],
  none: [22, nullValue],
  number: [23, uint32, { jsonName: 'aNumber' }],
} as const

@Message('all.Proto', { reserved: [90, '92-95', '1000-max', 'gone'] })
class Proto {
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

@Service('all.Protos')
class Protos {
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
  @Method({ accepts: Part, returns: empty }) @Idempotent() clear(_request: Part): Promise<void> {
    return unimplemented()
  }
}

@Message('all.Missing', { message: true })
class Missing extends RpcError {
  @Field(string) what = ''
}

const email = { email: string, part: Part } as const

@Message('all.Avro', { properties: { owner: 'shop' } })
class Avro {
  @Field(bool) a = true
  @Field(int32) b = 5
  @Field(int64, { required: true }) c = 0n
  @Field(float) d = 0.5
  @Field(double) e = 0
  @Field(bytes) f: Uint8Array = Uint8Array.of(1)
  @Field(string, { aliases: ['old'], properties: { order: 'ignore' } }) g = ''
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
}

@Service('all.Avros')
class Avros {
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
  @Method({ args: { id: string }, returns: nothing, oneway: true }) touch(_id: string): Promise<void> {
    return unimplemented()
  }
}

async function imported(t: ExecutionContext, format: ExportFormat, contract: Contract): Promise<Contract> {
  const cwd = await mkdtemp(join(tmpdir(), 'polywire-constructs-'))
  t.teardown(() => rm(cwd, { recursive: true, force: true }))
  const paths: string[] = []
  for (const { path, text } of format.write(contract)) {
    paths.push(join(cwd, path))
    await mkdir(dirname(join(cwd, path)), { recursive: true })
    await writeFile(join(cwd, path), text)
  }
  const { services, messages, others } = classesOf((await readSources(paths, [cwd])).files)
  return contractOf(Object.fromEntries([...services, ...messages, ...Object.entries(others)]))
}

for (const [name, contract] of [
  ['proto', contractOf({ Protos, Proto, Part })],
  ['avpr', contractOf({ Avros })],
  ['avdl', contractOf({ Avros })],
] as const)
  test(`what is exported as .${name} is imported as the same contract, construct by construct`, async t => {
    const format: ExportFormat = exportFormats[name]
    const again = await imported(t, format, contract)
    const [locked, lockedAgain] = [contract, again].map(one => lockText(lockOf(one)).split('\n'))
    // Avro has no numbers, and no word for safe methods.
    const plain = (lines: readonly string[] = []) =>
      name === 'proto' ? lines : lines.map(line => line.replace(/"(?:\d+|-) /, '"- '))
    t.deepEqual(plain(lockedAgain), plain(locked))
    const lines = (one: Contract) => format.write(one).flatMap(({ text }) => text.split('\n'))
    t.deepEqual(lines(again).sort(), lines(contract).sort())
  })
