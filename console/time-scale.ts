import type { Lane } from './lanes.js'

/** `time`: widths are durations. `steps`: each span between two events is wide enough to be seen. */
export type ScaleName = 'time' | 'steps'

export interface TimeScale {
  readonly name: ScaleName
  /** Moments that are worth a label, in milliseconds from 0. */
  readonly ticks: readonly number[]
  percent(ms: number): number
}

/** An attempt that takes less than this share of its call could not be seen, so the scale begins with steps. */
const leastShare = 0.01
const roundSteps = [
  ...[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000],
  ...[60_000, 120_000, 300_000, 600_000, 3_600_000],
]

export function scaleOf(took: number, lanes: readonly Lane[], chosen?: ScaleName): TimeScale {
  const total = Math.max(took, 0.01)
  const isTiny = lanes.length > 1 && lanes.some(({ from, to }) => (to - from) / total < leastShare)
  return (chosen ?? (isTiny ? 'steps' : 'time')) === 'time' ? timeScale(total) : stepScale(total, lanes)
}

function timeScale(total: number): TimeScale {
  const percent = (ms: number) => Math.min(100, (ms / total) * 100)
  const step = roundSteps.find(one => total / one <= 7) ?? total
  const ticks = Array.from({ length: Math.floor(total / step) + 1 }, (_, at) => at * step)
  return { name: 'time', ticks: ticks.filter(at => percent(at) < 94), percent }
}

/** A span that is a thousand times as long as the shortest is about ten times as wide. */
function stepScale(total: number, lanes: readonly Lane[]): TimeScale {
  const events = [0, ...lanes.flatMap(({ from, to }) => [from, to]), total].map(at => Math.min(Math.max(at, 0), total))
  const edges = [...new Set(events)].sort((a, b) => a - b)
  const spans = edges.slice(1).map((edge, at) => edge - (edges[at] ?? 0))
  const shortest = Math.min(...spans)
  const widths = spans.map(span => 1 + Math.log2(span / shortest))
  const all = widths.reduce((sum, one) => sum + one, 0)
  const places = [0]
  for (const width of widths) places.push((places.at(-1) ?? 0) + (width / all) * 100)
  const percent = (ms: number) => {
    const after = edges.findIndex(edge => edge >= ms)
    if (after < 0) return 100
    if (after === 0) return 0
    const [from = 0, to = 0] = [edges[after - 1], edges[after]]
    const [left = 0, right = 0] = [places[after - 1], places[after]]
    return left + ((right - left) * (ms - from)) / (to - from)
  }
  return { name: 'steps', ticks: edges.filter(at => percent(at) < 94), percent }
}

/** A moment of the axis with its label. */
export interface Tick {
  readonly at: number
  readonly label: string
}

/** Pixels of a character of a label at most, and between two labels. */
const character = 7
const apart = 8

/**
 * The ticks whose labels fit beside each other, the first of them with the unit.
 * @param width of the axis, in pixels
 */
export function ticksOf({ ticks, percent }: TimeScale, width: number): Tick[] {
  const shown: Tick[] = []
  let free = 0
  for (const at of ticks) {
    const isFirst = shown.length === 0
    const label = `${Number(at.toPrecision(3))}${isFirst ? ' ms' : ''}`
    const length = label.length * character
    const left = (percent(at) / 100) * width - (isFirst ? 0 : length / 2)
    if (!isFirst && (left < free || label === shown.at(-1)?.label)) continue
    shown.push({ at, label })
    free = left + length + apart
  }
  return shown
}
