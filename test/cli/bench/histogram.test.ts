import { inflateSync } from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import { Histogram } from '../../../src/cli/bench/histogram.js'

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

const microseconds = fc.oneof(
  fc.integer({ min: 1, max: 3000 }),
  fc.integer({ min: 1, max: 10_000_000 }),
  fc.integer({ min: 1, max: 3_600_000_000 }),
)

test('every quantile is a value of the data, to 3 digits', t => {
  fc.assert(
    fc.property(
      fc.array(microseconds, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const sorted = values.toSorted((one, other) => one - other)
        const exact = sorted[Math.max(1, Math.ceil(share * values.length - 1e-9)) - 1] ?? 0
        const found = histogramOf(values).quantile(share)
        return found >= exact && found <= exact * 1.001 + 1
      },
    ),
  )
  t.pass()
})

test('small values are exact, and what is beyond the range counts as its end', t => {
  const histogram = histogramOf([0, 1, 2, 2047, 5e9])
  t.is(histogram.total, 5)
  t.is(histogram.quantile(0.2), 1)
  t.is(histogram.quantile(0.6), 2)
  t.is(histogram.quantile(0.8), 2047)
  t.is(histogram.max, 3_600_000_000)
  t.is(histogram.below(3), 3)
  t.is(new Histogram().quantile(0.5), 0)
})

/** Reads HdrHistogram's V2 encoding by its specification: the counts by index. */
function decoded(text: string): Map<number, number> {
  const outer = Buffer.from(text, 'base64')
  const bytes = inflateSync(outer.subarray(8))
  const counts = new Map<number, number>()
  let index = 0
  for (let at = 40; at < bytes.length; ) {
    let zigzag = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0
      zigzag |= BigInt(byte & 127) << shift
      if (byte < 128) break
    }
    const number = Number((zigzag >> 1n) ^ -(zigzag & 1n))
    if (number < 0) index -= number
    else counts.set(index++, number)
  }
  return counts
}

test('the encoding is that of HdrHistogram', t => {
  // hdr-histogram-js 3.0.1 reads this text with the same count and percentiles.
  const values = [1, 1, 3, 2047, 2048, 2050, 5000, 1_000_000, 3_600_000_000]
  const text = histogramOf(values).encoded()
  t.deepEqual(
    [...decoded(text)],
    [
      [1, 2],
      [3, 1],
      [2047, 1],
      [2048, 1],
      [2049, 1],
      [3298, 1],
      [11_169, 1],
      [23_220, 1],
    ],
  )
  t.is(Buffer.from(text, 'base64').readUInt32BE(0), 0x1c849314)
})
