import type { LimitRow, ServerView } from '../src/console/server-views.js'
import { Meter, Spark } from './charts.js'
import { Connections } from './connections.js'
import { bytesText, durations, mebibytes, num, span, sum } from './format.js'
import { Blank, Head, Scroll, Section, State, Vital } from './marks.js'
import { hrefOf } from './route.js'

export function ServerPage({ data }: { readonly data: ServerView }) {
  const { vitals, protocols, limits, streams } = data
  const connections = sum(protocols.map(one => one.connections))
  const calls = sum(protocols.map(one => one.calls))
  return (
    <>
      <Head title="Server">
        <span class="muted">
          up {span(data.uptime)}, pid {data.pid}, Node {data.node}
        </span>
      </Head>
      <dl class="vitals">
        <Vital name="Connections" value={num(connections)} unit={refusedText(data.refusedConnections)} />
        <Vital name="Calls in flight" value={num(calls)} unit="with streams" />
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
                .sort((a, b) => Number(b.now !== null) - Number(a.now !== null))
                .map(limit => (
                  <Limit key={limit.name} limit={limit} />
                ))}
            </tbody>
          </table>
        </Scroll>
      </Section>
      <div class="cols even">
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
        {data.checks.length > 0 && <Checks checks={data.checks} />}
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
              {protocols.map(({ name, connections: open, calls: running }) => (
                <tr key={name}>
                  <th scope="row" class="code">
                    {name}
                  </th>
                  <td class="n">{num(open)}</td>
                  <td class="n">{num(running)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      </div>
      <Connections rows={data.connections} all={connections} />
      <Section id="streams" title="Open streams" end={`${streams.length} that began while the console was open`}>
        {streams.length === 0 ? (
          <Blank title="None is open">
            <p>A stream is listed from its begin, if the console was open then.</p>
          </Blank>
        ) : (
          <Scroll name="Open streams">
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">Method</th>
                  <th scope="col">Peer</th>
                  <th scope="col" class="n">
                    Received
                  </th>
                  <th scope="col" class="n">
                    Sent
                  </th>
                  <th scope="col" class="n">
                    Age
                  </th>
                </tr>
              </thead>
              <tbody>
                {streams.map((stream, at) => (
                  <tr key={`${at} ${stream.peer}`}>
                    <th scope="row">
                      <a class="code" href={hrefOf('method', stream.name, { side: stream.side })}>
                        {stream.name}
                      </a>
                    </th>
                    <td class="mono">{stream.peer}</td>
                    <td class="n">{num(stream.received)}</td>
                    <td class="n">{num(stream.sent)}</td>
                    <td class="n">{span(stream.age)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Section>
    </>
  )
}

function Limit({ limit: { name, what, now, max, unit, peak, refused } }: { readonly limit: LimitRow }) {
  const share = (value: number | null) => (value !== null && typeof max === 'number' ? (value / max) * 100 : undefined)
  const used = share(now)
  const shown = limitText(max, unit)
  return (
    <tr>
      <th scope="row">
        <span class="code">{name}</span> <span class="u p2">{what}</span>
      </th>
      <td class="n">{now === null ? '' : num(now)}</td>
      <td class="bar-cell">
        {used !== undefined && (
          <Meter used={used} peak={share(peak)} label={`${name}: now ${now}, at most ${peak ?? now} of ${shown}`} />
        )}
      </td>
      <td class="n">{shown}</td>
      <td class="n p2">{peak === null ? '' : num(peak)}</td>
      <td class="n p2">
        {refused === null ? '' : refused > 0 ? <span class="bad">{num(refused)}</span> : num(refused)}
      </td>
    </tr>
  )
}

/** What the server needs to be ready, besides that it does not drain. */
function Checks({ checks }: Pick<ServerView, 'checks'>) {
  const failing = checks.filter(({ passes }) => passes === false).length
  return (
    <Section
      id="ready"
      title="Ready"
      end={failing === 0 ? 'every check passes' : `${failing} of ${checks.length} fail`}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {checks.map(({ name, passes }) => (
            <tr key={name}>
              <th scope="row" class="code">
                {name}
              </th>
              <td>
                <State name={passes === null ? 'not checked yet' : passes ? 'passes' : 'fails'} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
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
