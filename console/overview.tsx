import type { MethodRow, Overview, Range, Side, Traffic as TrafficView } from '../src/console/views.js'
import { CallTable } from './call-table.js'
import { Spark } from './charts.js'
import { Find } from './find.js'
import { mebibytes, num, rangeNames, rangeText, rate, span, sum } from './format.js'
import { Blank, Glyph, Head, Ms, Scroll, Section, Segment, Square, Vital } from './marks.js'
import { mostFrequent } from './most-frequent.js'
import { hrefOf, type Route, replaceQuery } from './route.js'

interface Props {
  readonly data: Overview
  readonly route: Route
  readonly range: Range
  setRange(range: Range): void
}

export function OverviewPage({ data, route, range, setRange }: Props) {
  const { methods, vitals, attention, recent } = data
  return (
    <>
      <Head title="Overview">
        <Segment label="Range" options={rangeNames} now={range} choose={setRange} />
      </Head>
      <dl class="vitals">
        <Traffic name="Served" traffic={data.traffic.served} />
        <Traffic name="Called" traffic={data.traffic.called} />
        <Vital name="Event loop delay" value={(vitals.eventLoopDelay.at(-1) ?? 0).toFixed(1)} unit="ms p99">
          <Spark width={56} values={vitals.eventLoopDelay} label="Event loop delay, p99, over the last minute" />
        </Vital>
        <Vital name="Event loop busy" value={Math.round(vitals.eventLoopBusy.at(-1) ?? 0)} unit="%">
          <Spark width={56} values={vitals.eventLoopBusy} label="Event loop utilization over the last minute" />
        </Vital>
        <Vital name="Heap" value={mebibytes(vitals.heap.at(-1) ?? 0)} unit={`MiB of ${mebibytes(vitals.heapLimit)}`}>
          <Spark width={56} values={vitals.heap} label="Heap in use over the last minute" />
        </Vital>
        <Vital
          name="Connections"
          value={num(data.connections)}
          unit={`in, ${num(data.connectedEndpoints)} endpoints out`}
        />
      </dl>
      {attention.length > 0 && (
        <Section id="attention" title="Needs a look" end={noticesText(attention.length)}>
          <ul class="notes">
            {attention.slice(0, mostNotices).map(({ key, level, text, page, age }) => (
              <li key={key}>
                <span class={level}>{level === 'bad' ? <Square /> : <Glyph />}</span>
                <a href={`#/${page}`}>{text}</a>
                <span class="when">{age < 2000 ? 'now' : `for ${span(age)}`}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section id="methods" title="Methods" end={rangeText(range)}>
        {data.methodCount > fewMethods && (
          <Find
            label="Find methods"
            value={route.query.get('find') ?? ''}
            set={find => replaceQuery(route, { find: find === '' ? undefined : find })}
            said={
              data.found > methods.length
                ? `${methods.length} of ${num(data.found)}, first those that were called`
                : `${num(data.found)} of ${num(data.methodCount)}`
            }
          />
        )}
        <Scroll name="Methods">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Method</th>
                <th scope="col" class="p2">
                  Rate, errors
                </th>
                <th scope="col" class="n">
                  <span class="vh p1">Rate</span>
                </th>
                <th scope="col" class="n">
                  Errors
                </th>
                <th scope="col" class="n p2">
                  p50
                </th>
                <th scope="col" class="n">
                  p99
                </th>
                <th scope="col" class="p3">
                  <span class="vh">p99 over time</span>
                </th>
                <th scope="col" class="n p2">
                  In flight
                </th>
                <th scope="col" class="p2">
                  Most frequent
                </th>
              </tr>
            </thead>
            <Rows side="served" title="Served here" methods={methods} />
            <Rows side="called" title="Called from here" methods={methods} />
          </table>
        </Scroll>
      </Section>
      <Section id="late" title="Recent slow and failed calls" end="newest of every method">
        {recent.length === 0 ? (
          <Blank title="None yet">
            <p>A call is kept here when it fails, or takes longer than the p99 of the last minute.</p>
          </Blank>
        ) : (
          <CallTable calls={recent} withMethod />
        )}
      </Section>
    </>
  )
}

/** Notices that are listed. */
const mostNotices = 10

function noticesText(count: number): string {
  return count > mostNotices ? `${mostNotices} of ${num(count)}` : num(count)
}

/** Methods that are found without a search. */
const fewMethods = 20

function Traffic({ name, traffic: { slot, calls } }: { readonly name: string; readonly traffic: TrafficView }) {
  return (
    <Vital name={name} value={rate(sum(calls) / ((slot * 60) / 1000))} unit="/s">
      <Spark width={56} values={calls} label={`${name} calls over the range`} />
    </Vital>
  )
}

interface RowsProps {
  readonly side: Side
  readonly title: string
  readonly methods: readonly MethodRow[]
}

function Rows({ side, title, methods }: RowsProps) {
  const rows = methods.filter(one => one.side === side)
  if (rows.length === 0) return null
  return (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={9}>
          {title}
        </th>
      </tr>
      {rows.map(row => (
        <Row key={row.name} row={row} />
      ))}
    </tbody>
  )
}

function Row({ row: { name, side, kind, figures } }: { readonly row: MethodRow }) {
  const calls = sum(figures?.calls ?? [])
  const failed = sum(figures?.failed ?? [])
  const perSecond = figures === null ? 0 : calls / ((figures.slot * 60) / 1000)
  const isUnhealthy = sum(figures?.unhealthy ?? []) > 0
  return (
    <tr>
      <th scope="row">
        <a class="code" href={hrefOf('method', name, { side })}>
          {name}
        </a>
        {kind !== 'unary' && <span class="u p2"> {kind}</span>}
      </th>
      <td class="p2">
        {figures !== null && (
          <Spark
            values={figures.calls}
            bad={figures.failed}
            label={`${name}, calls over the range, ${rate(perSecond)} a second; red marks are times with errors`}
          />
        )}
      </td>
      <td class="n">
        {rate(perSecond)}
        <span class="u">/s</span>
      </td>
      <td class={`n${isUnhealthy ? ' bad' : ''}`}>
        {failed === 0 ? (
          <span class="u">0</span>
        ) : (
          <>
            {((failed / calls) * 100).toFixed(2)}
            <span class="u"> %</span>
          </>
        )}
      </td>
      <td class="n p2">
        <Ms value={figures?.p50 ?? null} />
      </td>
      <td class="n">
        <Ms value={figures?.p99 ?? null} />
      </td>
      <td class="p3">
        {figures?.p99 != null && (
          <Spark
            quiet
            values={figures.p99s.map(value => value ?? 0)}
            label={`${name}, p99 over the range, ${figures.p99} ms`}
          />
        )}
      </td>
      <td class="n p2">{figures?.inFlight ?? 0}</td>
      <td class="p2 muted">{figures !== null && mostFrequent(figures)}</td>
    </tr>
  )
}
