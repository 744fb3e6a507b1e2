// How messages without frames are told apart, and those over the limit skipped.
import test from 'ava'
import { binaryFormat, oldBinaryFormat } from '../../../src/codecs/thrift/binary/format.js'
import { compactFormat } from '../../../src/codecs/thrift/compact/format.js'
import { jsonFormat } from '../../../src/codecs/thrift/json/format.js'
import { type ThriftWriter, Wire } from '../../../src/codecs/thrift/wire.js'
import { Fault } from '../../../src/codecs/values/fault.js'
import { UnframedSplitter } from '../../../src/protocols/thrift/unframed.js'
import { message, text } from './raw.js'

const formats = { binary: binaryFormat, 'old binary': oldBinaryFormat, compact: compactFormat, JSON: jsonFormat }
const count = 60

/** A field of each kind that can be long. */
function everything(writer: ThriftWriter): void {
  text('x'.repeat(700))(writer)
  writer.field(Wire.list, 2)
  writer.beginList(Wire.list, Wire.i32, count)
  for (let n = 0; n < count; n++) writer.i32(n)
  writer.endList()
  writer.field(Wire.map, 3)
  writer.beginMap(Wire.binary, Wire.bool, count)
  for (let n = 0; n < count; n++) {
    writer.string(`key ${n} ]}`)
    writer.bool(n % 2 === 0)
  }
  writer.endMap()
  writer.field(Wire.struct, 4)
  const begun = writer.beginStruct()
  writer.field(Wire.binary, 1)
  writer.binary(new Uint8Array(700))
  writer.endStruct(begun)
}

for (const [name, format] of Object.entries(formats)) {
  test(`a message over the limit is skipped to its end, however its bytes arrive: ${name}`, t => {
    const small = message({ name: 'Small', format, fields: text('x'.repeat(100)) })
    const large = message({ name: 'Large', sequence: 7, format, fields: everything })
    const bytes = Buffer.concat([small, large, large, small])
    for (const size of [1, 7, 512, 5000, bytes.length]) {
      const seen: string[] = []
      const splitter = new UnframedSplitter(small.length, {
        message: (one, start, end) => seen.push(one.toString('latin1', start, end)),
        tooLarge(head) {
          const reader = format.headReader(head)
          reader.beginMessage()
          seen.push(`${reader.name} ${reader.sequence}`)
        },
      })
      for (let at = 0; at < bytes.length; at += size) splitter.push(Buffer.from(bytes.subarray(at, at + size)))
      const whole = small.toString('latin1')
      t.deepEqual(seen, [whole, 'Large 7', 'Large 7', whole], `chunks of ${size}`)
      t.false(splitter.isPartial)
    }
  })
}

test('a message that claims to be far over the limit is not waited for', t => {
  const whole = message({ name: 'Large', fields: text('x') })
  const claim = Buffer.from(whole.subarray(0, -2))
  claim.writeInt32BE(0x7fff_ffff, claim.length - 4)
  let large = 0
  const splitter = new UnframedSplitter(100, { message: () => t.fail(), tooLarge: () => void large++ })
  splitter.push(claim)
  t.true(splitter.isPartial)
  const fault = t.throws(() => splitter.push(Buffer.alloc(100)), { any: true, instanceOf: Fault }) as Fault | undefined
  t.regex(fault?.problem ?? '', /^a message of more than \d+ bytes$/)
  t.is(large, 1)
})
