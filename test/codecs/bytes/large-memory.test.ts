import test from 'ava'
import fc from 'fast-check'
import { LargeMemory } from '../../../src/codecs/bytes/large-memory.js'

const kilobyte = 1024

test('memory that is given back serves the next message of about that size', t => {
  const memory = new LargeMemory()
  const first = memory.take(1_048_600)
  memory.giveBack(first.subarray(0, 1_048_590))
  t.is(memory.take(1_048_590).buffer, first.buffer)
  t.not(memory.take(1_048_590).buffer, first.buffer)
})

test('a small message never takes the memory of a large one', t => {
  const memory = new LargeMemory()
  const large = memory.take(4 * 2 ** 20)
  memory.giveBack(large)
  t.not(memory.take(100 * kilobyte).buffer, large.buffer)
})

test('only bytes that were taken are kept, and only once', t => {
  const memory = new LargeMemory()
  const foreign = Buffer.alloc(100 * kilobyte)
  memory.giveBack(foreign)
  t.not(memory.take(100 * kilobyte).buffer, foreign.buffer)
  const taken = memory.take(100 * kilobyte)
  memory.giveBack(taken)
  memory.giveBack(taken)
  const [one, other] = [memory.take(100 * kilobyte), memory.take(100 * kilobyte)]
  t.not(one.buffer, other.buffer)
})

test('a limited number of bytes is kept', t => {
  const memory = new LargeMemory()
  const taken = Array.from({ length: 64 }, () => memory.take(2 ** 20))
  for (const bytes of taken) memory.giveBack(bytes)
  const before = new Set(taken.map(({ buffer }) => buffer))
  const again = Array.from({ length: 64 }, () => memory.take(2 ** 20))
  t.is(again.filter(({ buffer }) => before.has(buffer)).length, 16)
})

test('no two messages share memory, whatever is taken and given back', t => {
  const size = fc.integer({ min: 1, max: 3 * 2 ** 20 })
  const step = fc.oneof(
    fc.record({ take: size }),
    fc.record({ giveBack: fc.nat(), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ again: fc.nat() }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const memory = new LargeMemory()
      const held: Uint8Array[] = []
      const gone: Uint8Array[] = []
      for (const next of steps) {
        if ('take' in next) {
          const bytes = memory.take(next.take)
          t.true(bytes.length >= next.take)
          t.false(held.some(({ buffer }) => buffer === bytes.buffer))
          held.push(bytes)
        } else if ('giveBack' in next && held.length > 0) {
          const [bytes] = held.splice(next.giveBack % held.length, 1) as [Uint8Array]
          memory.giveBack(bytes.subarray(Math.floor(bytes.length * next.part)))
          gone.push(bytes)
        } else if ('again' in next && gone.length > 0) {
          const bytes = gone[next.again % gone.length] as Uint8Array
          // Its memory may be another message's by now, which is the only one to give it back.
          if (!held.some(({ buffer }) => buffer === bytes.buffer)) memory.giveBack(bytes)
        }
      }
    }),
    { numRuns: 200 },
  )
})
