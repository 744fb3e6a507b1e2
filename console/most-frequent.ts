import type { Figures } from '../src/console/views.js'
import { num } from './format.js'

/** Failures, and what policies did about calls: `OutOfStock 12 · retried 74 · hedged 118, won 61`. */
export function mostFrequent({ top, work }: Figures): string {
  const did = work
    .filter(({ action }) => deeds[action] !== undefined)
    .sort((a, b) => b.count - a.count)
    .map(({ action, count }) => `${deeds[action]} ${num(count)}${action === 'hedge' ? wonOf(work) : ''}`)
  return [...top.map(([what, count]) => `${what} ${num(count)}`), ...did].slice(0, 4).join(' · ')
}

function wonOf(work: Figures['work']): string {
  const won = work.find(({ action }) => action === 'won')?.count ?? 0
  return `, won ${num(won)}`
}

/** What is refused, and calls whose time ran out, stand among the failures. */
const deeds: Readonly<Record<string, string>> = {
  retry: 'retried',
  hedge: 'hedged',
  failover: 'moved on',
  cached: 'cached',
}
