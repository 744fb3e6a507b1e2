import test, { type ExecutionContext } from 'ava'
import { ByteWriter, takeLargeFrom } from '../../../src/codecs/bytes/byte-writer.js'
import { largeMemory } from '../../../src/codecs/bytes/large-memory.js'

const piece = Buffer.alloc(50_000, 'x')

/** What writers take, and what they give back, in order. */
function watched(t: ExecutionContext) {
  const taken: Uint8Array[] = []
  const back: Uint8Array[] = []
  takeLargeFrom({
    take(size) {
      const bytes = Buffer.allocUnsafeSlow(size)
      taken.push(bytes)
      return bytes
    },
    giveBack: bytes => void back.push(bytes),
  })
  t.teardown(() => takeLargeFrom(largeMemory))
  return { taken, back }
}

test.serial('a writer that outgrows its memory gives it back, but not that of its bytes', t => {
  const { taken, back } = watched(t)
  const writer = new ByteWriter(0)
  for (let times = 0; times < 10; times++) writer.raw(piece)
  const written = writer.finish()
  t.true(taken.length > 2)
  t.deepEqual(back, taken.slice(0, -1))
  t.true(written.buffer === taken.at(-1)?.buffer)
  t.true(Buffer.alloc(500_000, 'x').equals(written))
})

test.serial('the memory of a message that is dropped goes back', t => {
  const { taken, back } = watched(t)
  const writer = new ByteWriter(0)
  writer.raw(piece)
  writer.abandon()
  t.is(taken.length, 1)
  t.deepEqual(back, taken)
})

test.serial('a small message does not keep the memory that a large one was expected to need', t => {
  const { taken, back } = watched(t)
  const writer = new ByteWriter(0)
  writer.expect(1_000_000)
  writer.raw(Buffer.from('small'))
  const written = writer.finish()
  t.deepEqual(back, taken)
  t.not(written.buffer, taken[0]?.buffer)
  t.is(Buffer.from(written).toString(), 'small')
})
