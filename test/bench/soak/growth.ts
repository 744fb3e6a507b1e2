import { median } from '../harness/compare.js'
import type { Reading } from './reading.js'

/** Bytes by which the heap may differ between two thirds of the run: compiled code comes and goes. */
const slack = 2 * 2 ** 20

/**
 * What grew. The first quarter of the readings is the warm-up. Of the others, the last third is held against the first third.
 *
 * @returns a sentence for each kind of growth; none if all is flat
 */
export function growthOf(who: string, all: readonly Reading[]): readonly string[] {
  const readings = all.slice(Math.floor(all.length / 4))
  const third = Math.floor(readings.length / 3)
  if (third === 0) throw new RangeError(`growth takes at least 3 readings, got ${all.length}`)
  const [early, late] = [readings.slice(0, third), readings.slice(-third)]
  const heap = (of: readonly Reading[]) => median(of.map(({ heap }) => heap))
  const grown = heap(late) - heap(early)
  const growth = grown > slack ? [`the ${who}'s heap grew by ${(grown / 2 ** 20).toFixed(1)} MiB`] : []
  const most = (of: readonly Reading[], kind: string) => Math.max(...of.map(({ handles }) => handles[kind] ?? 0))
  for (const kind of new Set(readings.flatMap(({ handles }) => Object.keys(handles)))) {
    const [before, after] = [most(early, kind), most(late, kind)]
    if (after > before) growth.push(`the ${who}'s handles of kind ${kind} grew from ${before} to ${after}`)
  }
  return growth
}
