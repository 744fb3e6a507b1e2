import type { MethodView, Range, Tree } from '../src/console/views.js'
import { Spark } from './charts.js'
import { millis, num, rangeNames, rate, sum } from './format.js'
import { Histogram } from './histogram.js'
import { Head, MethodName, Section, Segment, Vital } from './marks.js'
import { MethodChoice } from './method-choice.js'
import { Onion } from './onion.js'
import { fromOf, Recent } from './recent.js'
import { hrefOf, type Route, replaceQuery } from './route.js'
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
