import { useRef, useState } from 'preact/hooks'
import type { CallRow, MethodView } from '../src/console/views.js'
import { CallTable } from './call-table.js'
import { millis } from './format.js'
import { Blank, Section, Segment } from './marks.js'
import { type Route, replaceQuery } from './route.js'
import { CallPanel } from './timeline.js'

/** Milliseconds that a call must have taken to be listed: the tail that was chosen in the histogram. */
export function fromOf({ query }: Route): number {
  const from = Number(query.get('from') ?? 0)
  return from > 0 ? from : 0
}

type Filter = 'all' | 'slow' | 'failed'

const filters: readonly (readonly [Filter, string])[] = [
  ['all', 'all'],
  ['slow', 'slow'],
  ['failed', 'failed'],
]

function filterIn({ query }: Route): Filter {
  return filters.find(([name]) => name === query.get('show'))?.[0] ?? 'all'
}

/** Calls that are listed at first, so that a timeline stands near the call that it is of. */
const few = 10

/** The kept calls of a method, and the chosen one with its timeline. */
export function Recent({ data, route }: { readonly data: MethodView; readonly route: Route }) {
  const filter = filterIn(route)
  const choose = (wanted: Filter) => replaceQuery(route, { show: wanted === 'all' ? undefined : wanted })
  const chosen = route.query.get('call') || null
  const from = fromOf(route)
  const isShown = (call: CallRow) =>
    call.took >= from && (filter === 'all' || (filter === 'slow' ? call.slow : call.code !== 'ok'))
  const held = useHeld(data.recent, chosen)
  const shown = held.filter(isShown)
  const [isWhole, setWhole] = useState(false)
  const isBeyond = shown.findIndex(({ key }) => String(key) === chosen) >= few
  const listed = isWhole || isBeyond ? shown : shown.slice(0, few)
  const newest = held[0]?.key ?? 0
  const newer = data.recent.filter(call => call.key > newest && isShown(call)).length
  return (
    <Section
      id="recent"
      title="Recent slow and failed calls"
      end={<Segment<Filter> label="Show" options={filters} now={filter} choose={choose} />}
    >
      {from > 0 && (
        <p class="hint">
          Only those that took {millis(from)} ms or more.{' '}
          <button class="link" type="button" onClick={() => replaceQuery(route, { from: undefined })}>
            Show all
          </button>
        </p>
      )}
      {newer > 0 && (
        <p class="hint">
          {newer} newer. The list holds still while a call is open.{' '}
          <button class="link" type="button" onClick={() => replaceQuery(route, { call: undefined })}>
            Show them
          </button>
        </p>
      )}
      {shown.length === 0 ? (
        <Blank
          title={from > 0 ? 'None that took so long is kept' : filter === 'all' ? 'None yet' : `None that is ${filter}`}
        >
          <p>A call is kept here when it fails, or takes longer than the p99 of the last minute. The last 100 stay.</p>
        </Blank>
      ) : (
        <CallTable calls={listed} beside={route.query} {...(chosen !== null && { chosen: Number(chosen) })} />
      )}
      {listed.length < shown.length && (
        <p class="hint">
          <button class="link" type="button" onClick={() => setWhole(true)}>
            Show all {shown.length}
          </button>
        </p>
      )}
      {chosen !== null && <CallPanel id={chosen} />}
    </Section>
  )
}

/** The list as it was when a call was chosen, so that nothing moves under the pointer. */
function useHeld(recent: readonly CallRow[], chosen: string | null): readonly CallRow[] {
  const held = useRef<readonly CallRow[] | undefined>(undefined)
  if (chosen === null) held.current = undefined
  else held.current ??= recent
  return held.current ?? recent
}
