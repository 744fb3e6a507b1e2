import test from 'ava'
import { resultOf } from '../harness/result.js'
import { lineChart } from './line-chart.js'
import { linear, logarithmic, sizeText, through } from './scales.js'

const header = { id: 'scale.bytes', title: 'Scale <bytes>', axis: 'bytes' }
const row = (size: number, clientCpu: number, serverCpu: number) => ({
  name: `${size} bytes`,
  size,
  rounds: [{ clientCpu, serverCpu }],
})

test('the axis of sizes is logarithmic with a tick at each size', t => {
  const { ticks, place } = through([1, 10, 1000])
  t.deepEqual(ticks, [1, 10, 1000])
  t.deepEqual(
    [1, 10, 1000].map(place).map(at => at.toFixed(3)),
    ['0.000', '0.333', '1.000'],
  )
  t.is(through([5]).place(5), 0)
})

test('the other axis has round ticks from zero, or powers of ten', t => {
  t.deepEqual(linear(23).ticks, [0, 5, 10, 15, 20, 25])
  t.deepEqual(linear(642).ticks, [0, 200, 400, 600, 800])
  t.deepEqual(linear(0.07).ticks, [0, 0.02, 0.04, 0.06, 0.08])
  t.is(linear(23).place(12.5), 0.5)
  t.deepEqual(logarithmic(12, 4000).ticks, [10, 100, 1000, 10_000])
  t.is(logarithmic(10, 1000).place(100), 0.5)
})

test('sizes have units only where they count bytes', t => {
  t.deepEqual(
    [1, 64, 1024, 16_384, 2 ** 20, 64 * 2 ** 20].map(size => sizeText(size, 'bytes')),
    ['1 B', '64 B', '1 KiB', '16 KiB', '1 MiB', '64 MiB'],
  )
  t.is(sizeText(10_000, 'connections'), '10,000')
})

test('a line for each side from left to right, whatever the order of the rows, with its name at its end', t => {
  const chart = lineChart(resultOf(header, [row(100, 20, 10), row(1, 10, 5), row(10, 10, 5)]), 'bytes')
  t.deepEqual(
    [...chart.matchAll(/<polyline class="(\w+) curve" points="(.+?)"/g)].map(([, side, points]) => [side, points]),
    [
      ['client', '76.0,161.0 403.0,161.0 730.0,66.0'],
      ['server', '76.0,208.5 403.0,208.5 730.0,161.0'],
    ],
  )
  t.regex(chart, /<text x="742\.0" y="70" class="client name">client 20 us</)
  t.regex(chart, /<title>Scale &lt;bytes>: CPU of a call</)
  t.regex(chart, /prefers-color-scheme: dark/)
})

test('both axes say that they are logarithmic, where they are', t => {
  const near = lineChart(resultOf(header, [row(1, 10, 5), row(10, 20, 10)]), 'bytes')
  t.regex(near, />CPU of a call, us</)
  t.regex(near, />bytes, logarithmic</)
  const far = lineChart(resultOf(header, [row(1, 10, 5), row(10, 2000, 10)]), 'bytes')
  t.regex(far, />CPU of a call, us, logarithmic</)
  t.regex(far, />bytes, logarithmic</)
})

test('the vertical lines have a legend, and the ends of the curves are said in words', t => {
  const rows = [row(10, 15, 7), row(1024, 20, 10), row(1, 10, 5)]
  const chart = lineChart(resultOf(header, rows), 'bytes')
  t.regex(chart, />vertical lines: the middle half of the rounds</)
  t.regex(
    chart,
    /<desc>CPU of a call by bytes: client 10 us at 1 B, 20 us at 1 KiB; server 5 us at 1 B, 10 us at 1 KiB\.</,
  )
  const many = lineChart(resultOf({ ...header, axis: 'endpoints' }, [row(1000, 10, 5)]), 'endpoints')
  t.regex(many, /<desc>CPU of a call by endpoints: client 10 us at 1,000; server 5 us at 1,000\.</)
})

test('names of lines that end together do not cover each other', t => {
  const chart = lineChart(resultOf(header, [row(1, 10, 10), row(2, 10, 10)]), 'bytes')
  const places = [...chart.matchAll(/y="([\d.]+)" class="\w+ name"/g)].map(([, y]) => Number(y))
  t.is(Number(places[1]) - Number(places[0]), 16)
})

test('a chart without figures is an error', t => {
  t.throws(() => lineChart(resultOf(header, [{ name: 'a', rounds: [{ callsPerSecond: 1 }] }]), 'bytes'), {
    message: 'Scale <bytes>: no figures',
  })
})
