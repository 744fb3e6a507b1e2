import { useLayoutEffect, useState } from 'preact/hooks'
import type { Range } from '../src/console/views.js'
import { rangeNames } from './format.js'
import { type Route, replaceQuery, routeNow } from './route.js'

/** Pages whose figures have a range. */
const ranged: readonly string[] = ['overview', 'method']

/** The range of the figures. It stays from page to page, and is in the address of each, so that a link shows the same. */
export function useRange(route: Route): readonly [Range, (range: Range) => void] {
  const asked = rangeIn(route)
  const [chosen, choose] = useState<Range>(asked ?? 'minute')
  useLayoutEffect(() => {
    if (asked !== undefined) choose(asked)
    else if (chosen !== 'minute' && ranged.includes(routeNow().page)) replaceQuery(routeNow(), { range: chosen })
    // With each address alone: a range that was just chosen is not in it yet.
  }, [route])
  const set = (range: Range) => {
    choose(range)
    replaceQuery(routeNow(), { range: range === 'minute' ? undefined : range })
  }
  return [asked ?? chosen, set]
}

function rangeIn({ query }: Route): Range | undefined {
  return rangeNames.find(([name]) => name === query.get('range'))?.[0]
}
