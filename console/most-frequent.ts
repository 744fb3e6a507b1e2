import type { Figures } from '../src/console/views.js'
import { num } from './format.js'

/** Failures, and what policies did about calls: `OutOfStock 12 · retried 74 · cached 340`. */
export function mostFrequent({ top, work }: Figures): string {
  const did = work.flatMap(({ action, count }): [string, number][] => {
    const what = deeds[action]
    return what === undefined ? [] : [[what, count]]
  })
  return [...top, ...did.sort(([, a], [, b]) => b - a)]
    .slice(0, 4)
    .map(([what, count]) => `${what} ${num(count)}`)
    .join(' · ')
}

/** What is refused, and calls whose time ran out, stand among the failures. */
const deeds: Readonly<Record<string, string>> = {
  retry: 'retried',
  hedge: 'hedged',
  failover: 'moved on',
  cached: 'cached',
}
