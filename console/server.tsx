import type { LimitRow, ServerView } from '../src/console/server-views.js'
import { Meter, Spark } from './charts.js'
import { Connections } from './connections.js'
import { bytesText, durations, mebibytes, num, span, sum } from './format.js'
import { Head, Scroll, Section, State, Vital } from './marks.js'
import { Ready } from './ready.js'
import { Streams } from './streams.js'

export function ServerPage({ data }: { readonly data: ServerView }) {
  const { vitals, protocols, limits, streams } = data
  const connections = sum(protocols.map(one => one.connections))
  const { unary, streams: open } = data.inFlight
  return (
    <>
      <Head title="Server">
        <span class="muted">
          up {span(data.uptime)}, pid {data.pid}, Node {data.node}, polywire {data.version}
        </span>
      </Head>
      <dl class="vitals">
        <Vital name="Connections" value={num(connections)} unit={refusedText(data.refusedConnections)} />
        <Vital name="Calls in flight" value={num(unary + open)} unit={`${num(unary)} unary, ${num(open)} streams`} />
        <Vital name="Event loop delay" value={(vitals.eventLoopDelay.at(-1) ?? 0).toFixed(1)} unit="ms p99">
          <Spark width={56} values={vitals.eventLoopDelay} label="Event loop delay, p99, over the last minute" />
        </Vital>
        <Vital name="Heap" value={mebibytes(vitals.heap.at(-1) ?? 0)} unit="MiB">
          <Spark width={56} values={vitals.heap} label="Heap in use over the last minute" />
        </Vital>
        <Vital name="Resident" value={mebibytes(vitals.rss)} unit="MiB" />
        <Vital name="Collecting" value={vitals.collecting.toFixed(1)} unit="% of time" />
      </dl>
      <Section id="limits" title="Limits" end="bar: now, mark: highest since start">
        <Scroll name="Limits">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Limit</th>
                <th scope="col" class="n">
                  Now
                </th>
                <th scope="col">How near</th>
                <th scope="col" class="n">
                  Limit
                </th>
                <th scope="col" class="n p2">
                  Peak
                </th>
                <th scope="col" class="n p2">
                  Refused
                </th>
              </tr>
            </thead>
            <tbody>
              {[...limits]
                .sort((a, b) => Number((b.now ?? b.peak) !== null) - Number((a.now ?? a.peak) !== null))
                .map(limit => (
                  <Limit key={limit.name} limit={limit} />
                ))}
            </tbody>
          </table>
        </Scroll>
      </Section>
      <div class="cols even">
        <div>
          <Section id="listeners" title="Listeners" end={data.addresses.length}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Address</th>
                  <th scope="col">State</th>
                </tr>
              </thead>
              <tbody>
                {data.addresses.map(address => (
                  <tr key={address}>
                    <th scope="row" class="mono">
                      {address}
                    </th>
                    <td>
                      <State name={data.draining ? 'draining' : 'ready'} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Section>
          <Section id="protocols" title="Protocols" end="now">
            <table>
              <thead>
                <tr>
                  <th scope="col">Protocol</th>
                  <th scope="col" class="n">
                    Connections
                  </th>
                  <th scope="col" class="n">
                    Calls in flight
                  </th>
                </tr>
              </thead>
              <tbody>
                {protocols.map(protocol => (
                  <tr key={protocol.name}>
                    <th scope="row" class="code">
                      {protocol.name}
                    </th>
                    <td class="n">{num(protocol.connections)}</td>
                    <td class="n">{num(protocol.calls)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Section>
        </div>
        <Ready data={data} />
      </div>
      <Connections rows={data.connections} all={connections} />
      <Streams rows={streams} all={data.streamCount} />
    </>
  )
}

function Limit({ limit: { name, what, now, max, unit, peak, refused } }: { readonly limit: LimitRow }) {
  const share = (value: number | null) => (value !== null && typeof max === 'number' ? (value / max) * 100 : undefined)
  const [used, most] = [share(now), share(peak)]
  const shown = limitText(max, unit)
  const [atNow, atMost] = [now === null ? '' : limitText(now, unit), peak === null ? '' : limitText(peak, unit)]
  const label = `${name}: ${now === null ? '' : `now ${atNow}, `}at most ${peak === null ? atNow : atMost} of ${shown}`
  return (
    <tr>
      <th scope="row">
        <span class="code">{name}</span> <span class="u p2">{what}</span>
      </th>
      <td class="n">{atNow}</td>
      <td class="bar-cell">{(used ?? most) !== undefined && <Meter used={used ?? 0} peak={most} label={label} />}</td>
      <td class="n">{shown}</td>
      <td class="n p2">{atMost}</td>
      <td class="n p2">
        {refused === null ? '' : refused > 0 ? <span class="bad">{num(refused)}</span> : num(refused)}
      </td>
    </tr>
  )
}

function refusedText(refused: number): string {
  return refused === 0 ? 'none refused' : `${num(refused)} refused`
}

function limitText(max: LimitRow['max'], unit: string): string {
  if (max === null) return 'none'
  if (typeof max === 'string') return max
  return unit === 'bytes' ? bytesText(max) : unit === 'ms' ? durations(`${max} ms`) : num(max)
}
