import test from 'ava'
import fc from 'fast-check'
import { shortened, shortMessage, utf8Size } from '../../src/protocols/shortened.js'

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.constantFrom('é', '💥', '%', ' ', 'x').chain(one => fc.nat(20_000).map(times => one.repeat(times))),
)

test('a text is cut between characters, to no more than it may cost', t => {
  const property = fc.property(texts, fc.nat(2000), (text, most) => {
    const cut = shortened(text, most, utf8Size)
    t.true(cut === '' || Buffer.byteLength(cut) <= most)
    if (cut === text) return
    t.true(Buffer.byteLength(text) > most)
    t.true(cut === '' || (cut.endsWith('…') && text.startsWith(cut.slice(0, -1))))
    const last = cut.at(-2)?.charCodeAt(0) ?? 0
    t.true(cut === '' || text.codePointAt(cut.length - 2) === last || last < 0xd800 || last > 0xdbff)
  })
  fc.assert(property, { numRuns: 500 })
})

test('cutting a message of 20 MB costs no more than what is kept', t => {
  const message = 'x'.repeat(20_000_000)
  const cpu = (length: number) => {
    const text = message.slice(0, length)
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 5; round++) {
      const before = process.cpuUsage()
      for (let i = 0; i < 20; i++) shortMessage(text, { messageBytes: 4 << 20 })
      const { user, system } = process.cpuUsage(before)
      best = Math.min(best, user + system)
    }
    return best
  }
  t.is(shortMessage(message, { messageBytes: 4 << 20 }).length, 131_072 - 2)
  cpu(200_000)
  t.true(cpu(20_000_000) < 10 * cpu(200_000) + 5000)
})
