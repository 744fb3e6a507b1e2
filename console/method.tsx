import { useRef, useState } from 'preact/hooks'
import type { CallRow, MethodView, Range, Tree } from '../src/console/views.js'
import { CallTable } from './call-table.js'
import { Spark } from './charts.js'
import { millis, num, rangeNames, rate, sum } from './format.js'
import { Histogram } from './histogram.js'
import { Blank, Head, MethodName, Section, Segment, Vital } from './marks.js'
import { MethodChoice } from './method-choice.js'
import { Onion } from './onion.js'
import { hrefOf, type Route, replaceQuery } from './route.js'
import { CallPanel } from './timeline.js'
import { Doc, Types } from './types.js'

interface Props {
  readonly data: MethodView
  readonly route: Route
  readonly tree: Tree
  /** Opens the search. */
  search(): void
  readonly range: Range
  setRange(range: Range): void
}

export function MethodPage({ data, route, tree, search, range, setRange }: Props) {
  const { method } = data
  const { figures, name, side, kind, idempotency, deprecated } = method
  const calls = sum(figures?.calls ?? [])
  const failed = sum(figures?.failed ?? [])
  const perSecond = figures === null ? 0 : calls / ((figures.slot * 60) / 1000)
  const isStream = kind !== 'unary'
  return (
    <>
      <div class="only-small">
        <MethodChoice page="method" tree={tree} name={name} side={side} search={search} />
      </div>
      <Head mono title={<MethodName name={name} />}>
        <Segment label="Range" options={rangeNames} now={range} choose={setRange} />
        <a class="btn go" href={hrefOf('try', name, { side })}>
          Try it
        </a>
      </Head>
      <Doc text={data.doc} />
      <dl class="vitals">
        <Vital name="Rate" value={rate(perSecond)} unit="/s">
          <Spark width={56} values={figures?.calls ?? []} bad={figures?.failed ?? []} label="Calls over the range" />
        </Vital>
        <Vital
          name="Errors"
          value={calls === 0 ? '0' : ((failed / calls) * 100).toFixed(2)}
          unit={`%, ${num(failed)} of ${num(calls)}`}
        />
        <Vital name="p50" value={figures?.p50 == null ? '–' : millis(figures.p50)} unit={isStream ? 'streams' : 'ms'} />
        <Vital name="p99" value={figures?.p99 == null ? '–' : millis(figures.p99)} unit={isStream ? 'streams' : 'ms'}>
          {!isStream && (
            <Spark quiet width={56} values={(figures?.p99s ?? []).map(one => one ?? 0)} label="p99 over the range" />
          )}
        </Vital>
        <Vital name="In flight" value={figures?.inFlight ?? 0} />
        <Vital
          name="Kind"
          value=""
          unit={`${kind}, ${idempotency === 'unknown' ? 'not idempotent' : idempotency}, ${side}${deprecated ? ', deprecated' : ''}`}
        />
      </dl>
      <div class="cols">
        <div>
          <Onion data={data} range={range} />
          <Recent data={data} route={route} />
        </div>
        <div>
          {figures !== null && figures.buckets.length > 0 && (
            <Section id="latency" title="Latency" end="ms, calls on a log scale">
              <Histogram
                buckets={figures.buckets}
                p50={figures.p50}
                p99={figures.p99}
                from={fromOf(route)}
                choose={from => replaceQuery(route, { from: from === 0 ? undefined : String(from) })}
              />
            </Section>
          )}
          <Types types={data.types} input={data.input} output={data.output} throws={data.throws} />
        </div>
      </div>
    </>
  )
}

/** Milliseconds that a call must have taken to be listed: the tail that was chosen in the histogram. */
function fromOf({ query }: Route): number {
  const from = Number(query.get('from') ?? 0)
  return from > 0 ? from : 0
}

type Filter = 'all' | 'slow' | 'failed'

const filters: readonly (readonly [Filter, string])[] = [
  ['all', 'all'],
  ['slow', 'slow'],
  ['failed', 'failed'],
]

function Recent({ data, route }: { readonly data: MethodView; readonly route: Route }) {
  const [filter, setFilter] = useState<Filter>('all')
  const chosen = route.query.get('call')
  const from = fromOf(route)
  const shown = useHeld(data.recent, chosen).filter(
    call => call.took >= from && (filter === 'all' || (filter === 'slow' ? call.slow : call.code !== 'ok')),
  )
  const newer = chosen === null ? 0 : data.recent.filter(({ key }) => key > (shown[0]?.key ?? 0)).length
  const { name, side } = data.method
  return (
    <Section
      id="recent"
      title="Recent slow and failed calls"
      end={<Segment<Filter> label="Show" options={filters} now={filter} choose={setFilter} />}
    >
      {from > 0 && (
        <p class="hint">
          Only those that took {millis(from)} ms or more.{' '}
          <button class="link" type="button" onClick={() => replaceQuery(route, { from: undefined })}>
            Show all
          </button>
        </p>
      )}
      {newer > 0 && filter === 'all' && from === 0 && (
        <p class="hint">
          {newer} newer. The list holds still while a call is open.{' '}
          <a href={hrefOf('method', name, { side })}>Show them</a>
        </p>
      )}
      {shown.length === 0 ? (
        <Blank
          title={from > 0 ? 'None that took so long is kept' : filter === 'all' ? 'None yet' : `None that is ${filter}`}
        >
          <p>A call is kept here when it fails, or takes longer than the p99 of the last minute. The last 100 stay.</p>
        </Blank>
      ) : (
        <CallTable
          calls={shown}
          from={route.query.get('from') ?? undefined}
          {...(chosen !== null && { chosen: Number(chosen) })}
        />
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
