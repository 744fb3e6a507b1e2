import { type DescMessage, fromBinary, type Message as PeerMessage, toBinary } from '@bufbuild/protobuf'
import { file_google_protobuf_timestamp, TimestampSchema, timestampMs } from '@bufbuild/protobuf/wkt'
import test, { type ExecutionContext } from 'ava'
import protobufjs from 'protobufjs'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { Code } from '../../../src/core/code.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { Field, Message } from '../../../src/decorators/message.js'
import {
  bytes,
  double,
  enumOf,
  int32,
  listOf,
  mapOf,
  oneOf,
  optional,
  setOf,
  string,
  timestamp,
} from '../../../src/schema/algebra.js'
import { codecContract, compile, invalid } from '../contract.js'
import { Choice, Initial, Item, Level, Lists, Maps, Mood, make, Optionals, Scalars, Tree } from '../fixture.js'

codecContract(protobuf, {
  newMembers: 'number',
  skips: {
    'initial elements stay if the field is absent, and an empty list, set or map arrives empty':
      'protobuf cannot tell them apart, and refuses the class at start-up',
  },
})

test('a list, set or map that may be absent is refused at start-up', t => {
  @Message('demo.Absent')
  class Absent {
    @Field(1, optional(listOf(string))) names?: string[]
  }
  for (const [type, where] of [
    [Initial, 'Initial.list'],
    [Absent, 'Absent.names'],
  ] as const) {
    const error = t.throws(() => compile<unknown>(protobuf, type), { instanceOf: RpcError }) as RpcError
    t.is(error.reason, 'not_in_protobuf')
    t.true(error.message.startsWith(`${where}: protobuf cannot tell an empty list from an absent one; `))
  }
})

function hex(message: object): string {
  return Buffer.from(compile<unknown>(protobuf, message.constructor as new () => object).encode(message)).toString(
    'hex',
  )
}

function read<T>(type: new () => T, hexBytes: string): T {
  return compile(protobuf, type).decode(Buffer.from(hexBytes.replace(/\s/g, ''), 'hex'))
}

function refused(t: ExecutionContext, cases: readonly (readonly [new () => object, string, string | RegExp])[]): void {
  for (const [type, bytes, message] of cases) {
    t.is(invalid(t, () => read(type, bytes), message).reason, 'invalid_message')
  }
}

/** The fixture's messages as other implementations know them. */
const peers = protobufjs.parse(
  `syntax = "proto3";
  package demo;
  import "google/protobuf/timestamp.proto";
  message Scalars {
    double double = 1; float float = 2; int32 int8 = 3; int32 int16 = 4; int32 int32 = 5; uint32 uint32 = 6; sint32 sint32 = 7;
    fixed32 fixed32 = 8; sfixed32 sfixed32 = 9; int64 int64 = 10; uint64 uint64 = 11; sint64 sint64 = 12; fixed64 fixed64 = 13;
    sfixed64 sfixed64 = 14; bool bool = 15; string string = 16; bytes bytes = 17; string uuid = 18; Stamp timestamp = 19;
    Stamp duration = 20; int32 level = 21; int32 mood = 22;
  }
  message Stamp { int64 seconds = 1; int32 nanos = 2; }
  message Item { string name = 1; double price = 2; }
  message Lists {
    repeated double doubles = 1; repeated int32 ints = 2; repeated sint64 longs = 3; repeated bool bools = 4; repeated string strings = 5;
    repeated bytes blobs = 6; repeated int32 levels = 7; repeated int32 moods = 8; repeated Item items = 9; repeated Stamp times = 10;
    repeated Stamp durations = 11; repeated string tags = 12; repeated int32 numbers = 13; repeated float floats = 14; repeated fixed64 fixed = 15;
  }
  message Maps { map<string, int64> counts = 1; map<int32, string> names = 2; map<bool, double> votes = 3; map<int64, Item> items = 4; }
  message Tree { string name = 1; Tree left = 2; repeated Tree children = 3; map<string, Tree> named = 4; }
  message Choice { oneof contact { string email = 1; int64 phone = 2; Item item = 3; int32 mood = 5; Stamp at = 6; } string note = 4; }`,
  { keepCase: true },
).root

const samples: readonly (readonly [ours: object, theirs: object])[] = [
  [
    make(Scalars, {
      double: -1.5,
      float: 0.25,
      int8: -8,
      int16: 1600,
      int32: -1,
      uint32: 2 ** 32 - 1,
      sint32: -(2 ** 31),
      fixed32: 2 ** 32 - 1,
      sfixed32: -2,
      int64: -(2n ** 63n),
      uint64: 2n ** 64n - 1n,
      sint64: -(2n ** 53n) - 1n,
      fixed64: 2n ** 63n,
      sfixed64: -3n,
      bool: true,
      string: `grüße \u{1F600} ${'x'.repeat(150)}`,
      bytes: new Uint8Array([0, 255]),
      uuid: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
      timestamp: new Date(-1500),
      duration: -1500.000001,
      level: Level.high,
      mood: Mood.wild,
    }),
    {
      double: -1.5,
      float: 0.25,
      int8: -8,
      int16: 1600,
      int32: -1,
      uint32: 2 ** 32 - 1,
      sint32: -(2 ** 31),
      fixed32: 2 ** 32 - 1,
      sfixed32: -2,
      int64: '-9223372036854775808',
      uint64: '18446744073709551615',
      sint64: '-9007199254740993',
      fixed64: '9223372036854775808',
      sfixed64: '-3',
      bool: true,
      string: `grüße \u{1F600} ${'x'.repeat(150)}`,
      bytes: Buffer.from([0, 255]),
      uuid: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
      timestamp: { seconds: -2, nanos: 500_000_000 },
      duration: { seconds: -1, nanos: -500_000_001 },
      level: 5,
      mood: 1,
    },
  ],
  [
    make(Lists, {
      doubles: [1, -0.5],
      ints: [0, -1, 300],
      longs: [-1n, 2n ** 62n],
      bools: [true, false],
      strings: ['', 'é'],
      blobs: [new Uint8Array([7])],
      levels: [Level.high],
      moods: [Mood.wild],
      items: [new Item(), make(Item, { name: 'x'.repeat(200), price: 2 })],
      times: [new Date(0)],
      durations: [1],
      tags: new Set(['a', 'b']),
      numbers: new Set([5]),
      floats: [0.5],
      fixed: [1n],
    }),
    {
      doubles: [1, -0.5],
      ints: [0, -1, 300],
      longs: ['-1', '4611686018427387904'],
      bools: [true, false],
      strings: ['', 'é'],
      blobs: [Buffer.from([7])],
      levels: [5],
      moods: [1],
      items: [{}, { name: 'x'.repeat(200), price: 2 }],
      times: [{}],
      durations: [{ nanos: 1_000_000 }],
      tags: ['a', 'b'],
      numbers: [5],
      floats: [0.5],
      fixed: ['1'],
    },
  ],
  [
    make(Maps, {
      counts: new Map([['a', -1n]]),
      names: new Map([[-5, 'x']]),
      votes: new Map([[true, 0.5]]),
      items: new Map([[9n, make(Item, { name: 'pen' })]]),
    }),
    { counts: { a: '-1' }, names: { '-5': 'x' }, votes: { true: 0.5 }, items: { '9': { name: 'pen' } } },
  ],
  [
    make(Tree, {
      name: 'r',
      left: make(Tree, { name: 'l' }),
      children: [new Tree()],
      named: new Map([['k', make(Tree, { name: 'v' })]]),
    }),
    { name: 'r', left: { name: 'l' }, children: [{}], named: { k: { name: 'v' } } },
  ],
  [make(Choice, { contact: { case: 'phone', value: 0n }, note: 'n' }), { phone: '0', note: 'n' }],
  [make(Choice, { contact: { case: 'item', value: new Item() } }), { item: {} }],
]

test('what it writes is what protobufjs reads, and the other way round', t => {
  for (const [ours, theirs] of samples) {
    const type = peers.lookupType(`demo.${ours.constructor.name}`)
    const serializer = compile<unknown>(protobuf, ours.constructor as new () => object)
    const read = type.toObject(type.decode(serializer.encode(ours)), { longs: String })
    const written = type.encode(type.fromObject(theirs)).finish()
    t.deepEqual(read, type.toObject(type.decode(written), { longs: String }), ours.constructor.name)
    t.deepEqual(serializer.decode(written), ours, ours.constructor.name)
  }
})

@Message('google.protobuf.Timestamp')
class Stamp {
  @Field(1, timestamp) value?: Date
}

test('timestamps are those of @bufbuild/protobuf', t => {
  t.is(file_google_protobuf_timestamp.proto.package, 'google.protobuf')
  const peer = TimestampSchema as DescMessage
  for (const time of [0, 1, -1, 999, 1000, -1001, 253_402_300_799_999, -62_135_596_800_000]) {
    const bytes = compile(protobuf, Stamp).encode(make(Stamp, { value: new Date(time) }))
    const theirs = fromBinary(TimestampSchema, bytes.subarray(2))
    t.is(timestampMs(theirs), time)
    t.deepEqual(Uint8Array.from(toBinary(peer, theirs as PeerMessage)), Uint8Array.from(bytes.subarray(2)))
  }
})

test("the encoding guide's own examples", t => {
  t.is(hex(make(Optionals, { int32: 150 })), '109601')
  t.is(hex(make(Optionals, { string: 'testing' })), '2a0774657374696e67')
  t.is(hex(make(Optionals, { int32: -2 })), '10feffffffffffffffff01')
  t.is(hex(make(Lists, { ints: [3, 270, 86942] })), '1206038e029ea705')
  t.is(hex(make(Choice, { note: 'n', contact: { case: 'email', value: '' } })), '0a0022016e')
})

test('fields of implicit presence are not written when zero; the others are', t => {
  t.is(hex(new Scalars()), '')
  t.is(hex(make(Scalars, { double: -0 })), '090000000000000080')
  t.is(hex(make(Optionals, { int32: 0, string: '', level: Level.none })), '10002a003800')
  t.is(hex(make(Tree, { left: new Tree() })), '1200')
})

test('packed and unpacked elements are both read, in any mixture', t => {
  t.deepEqual(read(Lists, '1001 1202027f 1003 1200').ints, [1, 2, 127, 3])
  t.deepEqual([...read(Lists, '6801 6a020102').numbers], [1, 2])
  t.deepEqual(read(Lists, '75 0000803f 7204 00000040').floats, [1, 2])
})

test('of a scalar that comes twice the last holds; messages are merged', t => {
  t.is(read(Scalars, '2801 2805').int32, 5)
  t.deepEqual(
    read(Tree, '1205 0a016c 1a00 1202 1200 1203 0a016d'),
    make(Tree, { left: make(Tree, { name: 'm', left: new Tree(), children: [new Tree()] }) }),
  )
  t.deepEqual(read(Choice, '1a03 0a0161 1a09 11000000000000f03f').contact, {
    case: 'item',
    value: make(Item, { name: 'a', price: 1 }),
  })
  t.deepEqual(read(Choice, '1a03 0a0161 1007').contact, { case: 'phone', value: 7n })
  t.deepEqual(read(Choice, '1a03 0a0161 1007 1a00').contact, { case: 'item', value: new Item() })
  t.is(read(Scalars, '9a01020805 9a01061080cab5ee01').timestamp?.getTime(), 5500)
})

@Message('demo.Initialised')
class Initialised {
  @Field(1, Item) item: Item = make(Item, { name: 'initial', price: 9 })
  @Field(2, timestamp) at = new Date(5)
  @Field(3, int32) count = 7
}

test('an initial value holds only where nothing arrives, and is not merged into', t => {
  t.deepEqual(read(Initialised, ''), new Initialised())
  t.deepEqual(
    read(Initialised, '0a03 0a0178 1200 1800'),
    make(Initialised, {
      item: make(Item, { name: 'x' }),
      at: new Date(0),
      count: 0,
    }),
  )
})

test('entries of a map may lack key or value, and the last of a key holds', t => {
  t.deepEqual(read(Maps, '0a00').counts, new Map([['', 0n]]))
  t.deepEqual(
    read(Maps, '0a020a00 0a05 0a0161 1001 0a05 1002 0a0161').counts,
    new Map([
      ['', 0n],
      ['a', 2n],
    ]),
  )
  t.deepEqual(read(Maps, '2200').items, new Map([[0n, new Item()]]))
  t.deepEqual(read(Maps, '3a00').times, new Map([[0, new Date(0)]]))
})

test('an open enum keeps an unknown number; in a closed one it counts as absent', t => {
  t.is(read(Scalars, 'a8014d').level as number, 77)
  t.is(hex(read(Scalars, 'a8014d')), 'a8014d')
  t.is(read(Scalars, 'b0014d').mood, Mood.calm)
  t.is(read(Optionals, '404d').mood, undefined)
  t.deepEqual(read(Lists, '4203 01 4d 00').moods, [Mood.wild, Mood.calm])
  t.deepEqual(read(Maps, '2a05 0a0161 104d 2a05 0a0162 1001').moods, new Map([['b', Mood.wild]]))
  t.is(read(Choice, '284d').contact, undefined)
})

test('unknown fields of every wire type break nothing, groups too', t => {
  t.like(read(Item, 'a006ffffffffffffffffff01 a1060102030405060708 a2060361626d a50601020304 0a0178'), {
    name: 'x',
    price: 0,
  })
  t.like(read(Item, 'a306 0801 a306 120161 a406 a406 0a0178'), { name: 'x', price: 0 })
  t.deepEqual(read(Maps, '0a07 0a0161 1001 1805').counts, new Map([['a', 1n]]))
})

test('varints may be longer than they need be, and 32-bit ones drop what is above', t => {
  t.is(read(Scalars, '28 81808080808080808000').int32, 1)
  t.is(read(Scalars, '28 ffffffffff7f').int32, -1)
  t.is(read(Scalars, '30 ffffffff1f').uint32, 2 ** 32 - 1)
  t.true(read(Scalars, '78 80808080808080808001').bool)
  t.is(read(Item, '8a00 0178').name, 'x')
})

test('what is malformed is refused with its path', t => {
  refused(t, [
    [Scalars, '28', 'int32: the message ends within a value'],
    [Scalars, '2880', 'int32: the message ends within a value'],
    [Scalars, '28 ffffffffffffffffffff01', 'int32: a varint of more than ten bytes'],
    [Scalars, '09 00000000', 'double: the message ends within a value'],
    [Scalars, '15 0000', 'float: the message ends within a value'],
    [Scalars, '82010561', 'string: a length of 5 bytes, but only 1 follow'],
    [Scalars, '8201ffffffff0f61', 'string: a length of 4294967295 bytes, but only 1 follow'],
    [Scalars, '8201 ffffffffffffffffff01 61', /^string: a length of 1844674407370955\d+ bytes, but only 1 follow/],
    [Scalars, '8a01 80808080 10', 'bytes: a length of 4294967296 bytes, but only 0 follow'],
    [Scalars, '820101ff', 'string: expected string, got bytes that are no UTF-8'],
    [Scalars, '820103eda080', 'string: expected string, got bytes that are no UTF-8'],
    [Scalars, '820102c080', 'string: expected string, got bytes that are no UTF-8'],
    [Scalars, '18 8001', 'int8: expected int8, got number 128'],
    [Scalars, '20 8080 02', 'int16: expected int16, got number 32768'],
    [Scalars, '0001', 'demo.Scalars: field number 0'],
    [Scalars, '80 00 01', 'demo.Scalars: field number 0'],
    [Scalars, '8780808080 01', 'demo.Scalars: malformed tag'],
    [Scalars, 'f8ffffffff1f 00', 'demo.Scalars: malformed tag'],
    [Scalars, '0c', 'double: wire type 4 where the field has another'],
    [Scalars, 'a606', 'demo.Scalars: wire type 6, which does not exist'],
    [Scalars, 'a706', 'demo.Scalars: wire type 7, which does not exist'],
    [Scalars, 'a406', 'demo.Scalars: the end of a group that did not begin'],
    [Scalars, 'a306', 'demo.Scalars: the message ends within a value'],
    [Scalars, 'a306 ac06', 'demo.Scalars: the end of a group that did not begin'],
    [Scalars, '2a0101', 'int32: wire type 2 where the field has another'],
    [Scalars, '82 01', 'string: the message ends within a value'],
    [Lists, '1203 0102', 'ints[0]: a length of 3 bytes, but only 2 follow'],
    [Lists, '1202 0180', 'ints[1]: the message ends within a value'],
    [Lists, '4a00 4a00 4a02 1500', 'items[2].price: wire type 5 where the field has another'],
    [Maps, '0a06 0a0161 120162', 'counts["a"]: wire type 2 where the field has another'],
    [Maps, '0a04 0a0161 10', 'counts["a"]: the message ends within a value'],
    [Maps, '2207 0809 1203 0a0561', 'items["9"].name: a length of 5 bytes, but only 1 follow'],
    [Tree, '1204 1202 0a05', 'left.left.name: a length of 5 bytes, but only 0 follow'],
    [Scalars, '9a0106 10ffffffff0f', /^timestamp: expected timestamp/],
    [Scalars, '9a010a 08ffffffffffffffff7f', /^timestamp: expected timestamp/],
    [Scalars, 'a201080801 10ffffffff0f', /^duration: expected duration/],
    [Scalars, 'a2010d0801 10ffffffffffffffffff01', /^duration: expected duration/],
  ])
})

test('a length that lies allocates nothing ahead of the bytes', t => {
  const before = process.memoryUsage().arrayBuffers
  for (let n = 0; n < 1000; n++) invalid(t, () => read(Scalars, '8a01 ffffff7f 00'))
  t.true(process.memoryUsage().arrayBuffers - before < 50 * 1024 * 1024)
})

test('groups and messages nested by the thousand are refused', t => {
  invalid(t, () => read(Item, 'a306'.repeat(10_000)), /groups nested too deep/)
  let nested = Buffer.alloc(0)
  for (let n = 0; n < 10_000; n++) nested = Buffer.concat([Buffer.from([0x12]), varint(nested.length), nested])
  invalid(t, () => compile(protobuf, Tree).decode(nested), /nested deeper than 64/)
})

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  return Buffer.from([...bytes, value])
}

test('messages of every size survive, wherever the memory they are written into ends', t => {
  const serializer = compile(protobuf, Lists)
  for (let size = 0; size < 1500; size++) {
    const message = make(Lists, {
      items: [make(Item, { name: 'x'.repeat(size % 300), price: 1 }), make(Item, { name: 'é'.repeat(size % 70) })],
      ints: Array.from({ length: size % 150 }, (_, n) => n),
    })
    t.deepEqual(serializer.decode(serializer.encode(message)), message)
  }
})

test('a getter that encodes while it is encoded disturbs nothing', t => {
  const serializer = compile(protobuf, Item)
  const reentrant = {
    get name() {
      return Buffer.from(serializer.encode(make(Item, { name: 'inner' }))).toString('latin1')
    },
    price: 2,
  }
  const bytes = serializer.encode(reentrant)
  t.deepEqual(serializer.decode(bytes), make(Item, { name: '\n\x05inner', price: 2 }))
})

test('strings beside bytes that are no text are read whole', t => {
  for (const length of [1, 12, 13, 40, 200, 5000]) {
    const message = make(Lists, {
      strings: ['a'.repeat(length), `${'b'.repeat(length)}é`],
      blobs: [new Uint8Array(50).fill(0xff)],
    })
    t.deepEqual(read(Lists, hex(message)), message)
  }
})

enum Odd {
  low = 'LOW',
}

function misusing(t: ExecutionContext, type: new () => unknown, reason: string, message: RegExp): void {
  const error = t.throws(() => compile(protobuf, type), { instanceOf: RpcError })
  t.is(error?.code, Code.failed_precondition)
  t.is(error?.reason, reason)
  t.regex(error?.message ?? '', message)
}

test('a schema that protobuf cannot carry is refused at start-up, with what to write', t => {
  class Unnumbered {
    name = ''
    first = 1
  }
  Field(5, int32)(Unnumbered.prototype, 'first')
  Field(string)(Unnumbered.prototype, 'name')
  Message('demo.Unnumbered')(Unnumbered)
  misusing(t, Unnumbered, 'field_without_number', /^Unnumbered\.name: .*write @Field\(6, \.\.\.\)/)

  class Within {
    inner?: Unnumbered
  }
  Field(1, Unnumbered)(Within.prototype, 'inner')
  Message('demo.Within')(Within)
  misusing(t, Within, 'field_without_number', /^Unnumbered\.name: /)

  class Cases {
    choice?: { case: 'a'; value: string }
  }
  Field(oneOf({ a: string }))(Cases.prototype, 'choice')
  Message('demo.Cases')(Cases)
  misusing(t, Cases, 'field_without_number', /^Cases\.choice: .*write oneOf\(\{ a: \[1, \.\.\.\] \}\)/)

  class Grid {
    rows: number[][] = []
  }
  Field(1, listOf(listOf(int32)))(Grid.prototype, 'rows')
  Message('demo.Grid')(Grid)
  misusing(t, Grid, 'not_in_protobuf', /^Grid\.rows: protobuf has no list directly within another/)

  class Keys {
    map: Map<number, string> = new Map()
  }
  Field(1, mapOf(double, string))(Keys.prototype, 'map')
  Message('demo.Keys')(Keys)
  misusing(t, Keys, 'not_in_protobuf', /^Keys\.map: protobuf has no maps with keys of double/)
})

@Message('demo.Rest')
class Rest {
  @Field(1, mapOf(enumOf(Odd), setless())) odd: Map<Odd, Uint8Array> = new Map()
  @Field(2000, setOf(bytes)) many: Set<Uint8Array> = new Set()
  @Field(536_870_911, string) last = ''
}

function setless() {
  return bytes
}

test('high field numbers, enum keys and sets of bytes', t => {
  const message = make(Rest, {
    odd: new Map([[Odd.low, new Uint8Array([1])]]),
    many: new Set([new Uint8Array([2])]),
    last: 'x',
  })
  t.deepEqual(read(Rest, hex(message)), message)
  t.is(hex(make(Rest, { last: 'x' })), 'faffffff0f0178')
})
