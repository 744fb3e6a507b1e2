import type { Result } from '../harness/result.js'
import { document, line, text } from '../harness/svg.js'
import { linear, logarithmic, type Scale, sizeText, through, valueText } from './scales.js'

const [width, height] = [880, 320]
const area = { left: 76, right: 730, top: 66, bottom: 256 }
/** Between the names of two lines. */
const nameHeight = 16
const series = [
  { side: 'client', measure: 'clientCpu' },
  { side: 'server', measure: 'serverCpu' },
] as const

/** Two hues that colour-blind readers tell apart, in a light and a dark step each. */
const style = `<style>
  .client { fill: #2f6feb; stroke: #2f6feb } .server { fill: #bc4c00; stroke: #bc4c00 }
  .curve { fill: none; stroke-width: 2 } .range { stroke-width: 1.5; stroke-opacity: 0.5 } .name { stroke: none; font-weight: bold }
  @media (prefers-color-scheme: dark) {
    .client { fill: #4493f8; stroke: #4493f8 } .server { fill: #f0883e; stroke: #f0883e }
    .curve { fill: none } .name { stroke: none }
  }
</style>`

interface Point {
  readonly size: number
  readonly median: number
  readonly low: number
  readonly high: number
}

interface Curve {
  readonly side: string
  readonly points: readonly Point[]
}

/**
 * What a call costs the client and the server as something grows: CPU over a logarithmic axis, with the middle half of the rounds as a line
 * through each point. The axis of the CPU begins at zero, or is logarithmic where the figures differ by more than a hundred times.
 */
export function lineChart({ title, rows }: Result, axis: string): string {
  const curves = series.map(({ side, measure }) => ({
    side,
    points: rows
      .flatMap(({ size, figures }) => {
        const spread = figures[measure]
        return size === undefined || spread === undefined ? [] : [{ size, ...spread }]
      })
      .sort((a, b) => a.size - b.size),
  }))
  const points = curves.flatMap(curve => curve.points)
  if (points.length === 0) throw new Error(`${title}: no figures`)
  const [least, most] = [Math.min(...points.map(({ low }) => low)), Math.max(...points.map(({ high }) => high))]
  const xs = through([...new Set(points.map(({ size }) => size))].sort((a, b) => a - b))
  const isLogarithmic = most / least > 100
  const ys = isLogarithmic ? logarithmic(least, most) : linear(most)
  const x = (size: number) => area.left + xs.place(size) * (area.right - area.left)
  const y = (value: number) => area.bottom - ys.place(value) * (area.bottom - area.top)
  const description = `CPU of a call by ${axis}: ${curves.map(curve => inWords(curve, axis)).join('; ')}.`
  return document({ width, height, title: `${title}: CPU of a call`, description }, [
    style,
    ...grid(xs, ys, x, y, axis),
    text(16, area.top - 18, `CPU of a call, us${isLogarithmic ? ', logarithmic' : ''}`, 'class="tick"'),
    text(area.right, area.top - 18, 'vertical lines: the middle half of the rounds', 'class="tick" text-anchor="end"'),
    ...curves.flatMap(({ side, points }) => curveOf(side, points, x, y)),
    ...names(curves, x, y),
  ])
}

/** For readers who do not see the chart: where a line begins and ends. */
function inWords({ side, points }: Curve, axis: string): string {
  const ends = points.length > 1 ? [points[0], points.at(-1)] : points
  return `${side} ${ends.flatMap(end => (end ? [`${valueText(end.median)} us at ${sizeText(end.size, axis)}`] : [])).join(', ')}`
}

type Place = (value: number) => number

function grid(xs: Scale, ys: Scale, x: Place, y: Place, axis: string): string[] {
  const { left, right, bottom } = area
  return [
    ...ys.ticks.flatMap(tick => [
      line('grid', left, y(tick), right, y(tick)),
      text(left - 10, y(tick) + 4, valueText(tick), 'class="tick" text-anchor="end"'),
    ]),
    ...xs.ticks.flatMap(tick => [
      line('grid', x(tick), bottom, x(tick), bottom + 5),
      text(x(tick), bottom + 20, sizeText(tick, axis), 'class="tick" text-anchor="middle"'),
    ]),
    text((left + right) / 2, bottom + 44, `${axis}, logarithmic`, 'class="tick" text-anchor="middle"'),
  ]
}

function curveOf(side: string, points: readonly Point[], x: Place, y: Place): string[] {
  const path = points.map(({ size, median }) => `${x(size).toFixed(1)},${y(median).toFixed(1)}`).join(' ')
  return [
    `<polyline class="${side} curve" points="${path}"/>`,
    ...points.flatMap(({ size, median, low, high }) => [
      line(`range ${side}`, x(size), y(low), x(size), y(high)),
      mark(side, x(size), y(median)),
    ]),
  ]
}

/** The sides differ by more than their colours. */
function mark(side: string, x: number, y: number): string {
  return side === 'client'
    ? `<circle class="${side}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"/>`
    : `<rect class="${side}" x="${(x - 4).toFixed(1)}" y="${(y - 4).toFixed(1)}" width="8" height="8"/>`
}

/** Beside the end of each line, apart from each other. */
function names(curves: readonly Curve[], x: Place, y: Place): string[] {
  const ends = curves
    .flatMap(({ side, points }) => {
      const last = points.at(-1)
      return last === undefined ? [] : [{ side, last, at: y(last.median) + 4 }]
    })
    .sort((a, b) => a.at - b.at)
  let free = -Infinity
  return ends.map(({ side, last, at }) => {
    const line = Math.max(at, free)
    free = line + nameHeight
    return text(x(last.size) + 12, line, `${side} ${valueText(last.median)} us`, `class="${side} name"`)
  })
}
