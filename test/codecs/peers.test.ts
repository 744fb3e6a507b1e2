import test from 'ava'
import fc from 'fast-check'
import thrift from 'thrift'
import { avro } from '../../src/codecs/avro/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { thriftBinary, thriftCompact } from '../../src/codecs/thrift/codec.js'
import { compile } from './contract.js'
import { Branch, byAvsc, byProtobufEs, byProtobufJs, byThrift, Leaf } from './peer-writers.js'
import { hadRoom, leaveRoom } from './slab-room.js'

const peers = [
  { name: 'protobufjs', codec: protobuf, write: byProtobufJs },
  { name: 'protobuf-es', codec: protobuf, write: byProtobufEs },
  { name: 'avsc', codec: avro, write: byAvsc },
  { name: "npm thrift's binary protocol", codec: thriftBinary, write: byThrift(thrift.TBinaryProtocol) },
  { name: "npm thrift's compact protocol", codec: thriftCompact, write: byThrift(thrift.TCompactProtocol) },
]

/** Around the sizes at which a length takes another byte, a string is written or read another way, or a slab ends. */
const edges = [0, 24, 48, 127, 128, 256, 1024, 16_383, 16_384, 32_768, 65_536].flatMap(size => [
  size - 1,
  size,
  size + 1,
])
const size = fc.oneof(
  { weight: 4, arbitrary: fc.nat(60) },
  { weight: 1, arbitrary: fc.constantFrom(...edges.filter(edge => edge >= 0)) },
)
const characters = fc.constantFrom('x', 'é', '漢', '😀')
const text = fc.oneof(
  fc.tuple(size, characters).map(([count, character]) => character.repeat(count)),
  fc.tuple(size, characters).map(([count, character]) => `${'x'.repeat(count)}${character}`),
  fc.string({ unit: 'binary', maxLength: 60 }),
)
const blob = size.map(count => new Uint8Array(count).fill(0x80))
const leaf = fc.record({ text, blob }).map(fields => Object.assign(new Leaf(), fields))
const branch = fc
  .record({
    text,
    id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    real: fc.double({ noNaN: true }).filter(number => !Object.is(number, -0)),
    flag: fc.boolean(),
    count: fc.integer(),
    blob,
    words: fc.array(text, { maxLength: 5 }),
    numbers: fc.array(fc.integer(), { maxLength: 5 }),
    leaves: fc.array(leaf, { maxLength: 3 }),
    leaf: fc.option(leaf, { nil: undefined }),
  })
  .map(fields => Object.assign(new Branch(), fields))

const leafOf = (length: number) => Object.assign(new Leaf(), { text: 'x'.repeat(length) })

/** The same bytes within others, not in a Buffer. */
function within(bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(bytes.length + 7).fill(0xff)
  all.set(bytes, 3)
  return all.subarray(3, 3 + bytes.length)
}

for (const { name, codec, write } of peers) {
  const serializer = compile(codec, Branch)

  test(`${name}: messages are written as it writes them, and read`, t => {
    const messages = fc.array(branch, { minLength: 1, maxLength: 6 })
    const agree = (all: Branch[]) => {
      // All are written before the first is looked at: none may write into the memory of another.
      const written = all.map(one => serializer.encode(one))
      for (const [at, one] of all.entries()) {
        const bytes = write(one)
        t.true(Buffer.from(bytes).equals(written[at] as Uint8Array))
        t.deepEqual(serializer.decode(bytes), one)
        t.deepEqual(serializer.decode(within(bytes)), one)
      }
    }
    fc.assert(fc.property(messages, agree), { numRuns: 60 })
  })

  test(`${name}: whatever is being written where the shared memory ends, it is written whole`, t => {
    let [stayed, moved] = [0, 0]
    for (let length = 1000; length < 1032; length++) {
      const one = Object.assign(new Branch(), {
        text: 'x'.repeat(length),
        id: 2n ** 60n + BigInt(length),
        real: length / 3,
        flag: true,
        count: -length,
        blob: new Uint8Array(5).fill(length),
        words: ['physics', 'é', 'x'.repeat(50)],
        numbers: [1, 300, -1],
        leaves: [leafOf(140), leafOf(4)],
        // Its length takes more bytes than that of the leaf before, or fewer.
        leaf: leafOf(length % 16 < 8 ? 140 : 0),
      })
      const expected = Buffer.from(write(one))
      const whole = (expected.length + 7) & ~7
      for (let room = 1024; room <= whole + 8; room += 8) {
        leaveRoom(serializer, room)
        const bytes = serializer.encode(one)
        const had = hadRoom(bytes, room)
        if (had === undefined) moved++
        else if (had) stayed++
        else return t.fail(`not ${room} bytes before the end`)
        if (!expected.equals(bytes)) return t.fail(`a text of ${length} bytes, ${room} bytes before the end`)
      }
    }
    t.true(stayed > 0 && moved > 0)
  })
}
