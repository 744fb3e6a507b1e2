import test from 'ava'
import { avro } from '../../src/codecs/avro/codec.js'
import { msgpack, msgpackCompact } from '../../src/codecs/msgpack/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { thriftBinary, thriftCompact } from '../../src/codecs/thrift/codec.js'
import { Field, Message } from '../../src/decorators/message.js'
import { listOf, string } from '../../src/schema/algebra.js'
import { compile, invalid } from './contract.js'

@Message('texts.Pair')
class Pair {
  @Field(1, string) first = ''
  @Field(2, string) second = ''
  @Field(3, listOf(string)) more: string[] = []
}

const pair = (first: string, second: string, more: string[] = []) => Object.assign(new Pair(), { first, second, more })

/** Around every length at which text is written or read another way. */
const lengths = [
  ...Array.from({ length: 52 }, (_, length) => length + 1),
  ...[127, 128, 255, 256, 257, 1023, 1024, 1025, 5000],
]

/** Of a text of that length: all of a short one; the first, middle and last of others. */
function positions(length: number): readonly number[] {
  return length <= 52 ? Array.from({ length }, (_, at) => at) : [0, length >> 1, length - 1]
}

for (const codec of [protobuf, avro, thriftBinary, thriftCompact, msgpack, msgpackCompact]) {
  const serializer = compile(codec, Pair)

  test(`${codec.name}: a byte that is not UTF-8 is refused wherever it stands, and the next message is read`, t => {
    for (const length of lengths) {
      // The first field of a small message, and of one that is not.
      for (const second of ['', 'y'.repeat(300)]) {
        const message = pair('x'.repeat(length), second)
        const good = serializer.encode(message)
        const start = good.indexOf(0x78)
        for (const at of positions(length)) {
          const bad = Uint8Array.from(good)
          bad[start + at] = 0xff
          invalid(t, () => serializer.decode(bad), 'first: expected string, got bytes that are no UTF-8')
        }
        t.deepEqual(serializer.decode(good), message)
      }
    }
  })

  test(`${codec.name}: half a surrogate pair is refused wherever it stands, and the next message is written`, t => {
    for (const length of lengths) {
      for (const at of positions(length)) {
        const text = `${'x'.repeat(at)}\ud83d${'x'.repeat(length - at - 1)}`
        const problem = 'expected string, got text with half a surrogate pair'
        invalid(t, () => serializer.encode(pair(text, '')), `first: ${problem}`)
        invalid(t, () => serializer.encode(pair('x', '', ['y', text])), `more[1]: ${problem}`)
      }
      const message = pair('x'.repeat(length), '\u{1f600}')
      t.deepEqual(serializer.decode(serializer.encode(message)), message)
    }
  })

  test(`${codec.name}: texts of every length come back, whatever else the message has`, t => {
    for (const length of lengths) {
      for (const character of ['x', '\u00e9', '\u6f22', '\u{1f600}', '\ufffd', '\ufeff', '\0']) {
        const message = pair(character.repeat(length), 'x'.repeat(length), ['', character, `x${character}`])
        t.deepEqual(serializer.decode(serializer.encode(message)), message)
      }
    }
  })
}
