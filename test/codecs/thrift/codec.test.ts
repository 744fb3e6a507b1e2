import test from 'ava'
import { thriftBinary, thriftCompact, thriftJson } from '../../../src/codecs/thrift/codec.js'
import { codecContract, compile, invalid } from '../contract.js'
import { make, Scalars } from '../fixture.js'

codecContract(thriftBinary, { newMembers: 'number' })
codecContract(thriftCompact, { newMembers: 'number' })
codecContract(thriftJson, { newMembers: 'number' })

const formats = [thriftBinary, thriftCompact, thriftJson]

test('a duration between two microseconds is refused, and noise below a nanosecond is not', t => {
  for (const codec of formats) {
    const serializer = compile(codec, Scalars)
    for (const duration of [0.0005, 1.0004, -0.000_001, 1 / 3]) {
      const message = 'duration: expected duration of whole microseconds, got a fraction of one; round it'
      invalid(t, () => serializer.encode(make(Scalars, { duration })), message)
    }
    for (const [duration, read] of [
      [0.1 + 0.2, 0.3],
      [1.1, 1.1],
      [10_000_000_000.001, 10_000_000_000.001],
      [-0.5, -0.5],
    ])
      t.is(serializer.decode(serializer.encode(make(Scalars, { duration: duration as number }))).duration, read)
  }
})

test('the longest duration, and a uuid in capitals, come back', t => {
  for (const codec of formats) {
    const serializer = compile(codec, Scalars)
    for (const duration of [315_576_000_000_999, -315_576_000_000_999])
      t.is(serializer.decode(serializer.encode(make(Scalars, { duration }))).duration, duration, codec.name)
    const uuid = 'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6'
    t.is(serializer.decode(serializer.encode(make(Scalars, { uuid }))).uuid, uuid.toLowerCase(), codec.name)
  }
})

test("a lone surrogate that JSON escapes is refused in Thrift's JSON", t => {
  const bytes = Buffer.from('{"16":{"str":"\\ud800"}}')
  const message = 'string: expected string, got text with half a surrogate pair'
  invalid(t, () => compile(thriftJson, Scalars).decode(bytes), message)
})
