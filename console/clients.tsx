import { useState } from 'preact/hooks'
import type { ChannelView, ClientsView, EndpointView } from '../src/console/views.js'
import { Find, matches } from './find.js'
import { num, sum } from './format.js'
import { Blank, Circuit, Head, Ms, reachable, Scroll, Section, State, Vital } from './marks.js'
import { Picks, Swatch } from './picks.js'

export function ClientsPage({ data }: { readonly data: ClientsView }) {
  const endpoints = sum(data.channels.map(channel => channel.endpoints.length))
  return (
    <>
      <Head title="Clients">
        <span class="muted">
          {data.channels.length} channels, {endpoints} endpoints
        </span>
      </Head>
      {data.channels.length === 0 && (
        <Blank title="No client is seen">
          <p>The console shows the clients whose calls it sees. Give both the same history:</p>
          <pre {...reachable}>{example}</pre>
        </Blank>
      )}
      {data.channels.map((channel, at) => (
        <Channel key={`${at} ${channel.target}`} channel={channel} id={`c${at}`} />
      ))}
    </>
  )
}

/** Endpoints that are found without a search, and that are listed at once. */
const fewEndpoints = 20
const mostListed = 100

const example = `const calls = new CallHistory()
const stock = connect(Stock, 'grpc://stock:50051', { observers: [calls] })
await serve([new Orders(stock)], { console: { calls } })`

function Channel({ channel, id }: { readonly channel: ChannelView; readonly id: string }) {
  const { services, protocol, target, resolved, balancers, facts, endpoints, otherPicks } = channel
  const hasCircuits = endpoints.some(({ circuits }) => circuits.length > 0)
  const [find, setFind] = useState('')
  const numbered = endpoints.map((endpoint, at) => ({ endpoint, at }))
  const found = numbered.filter(({ endpoint: { address, state, zone, circuits } }) =>
    matches(find, address, state, zone ?? '', ...circuits.map(one => one.state)),
  )
  const all = sum(endpoints.map(({ picks }) => sum(picks))) + sum(otherPicks ?? [])
  return (
    <Section id={id} title={services.join(', ')} end={<code class="wrap">{`${protocol}, ${target}`}</code>}>
      <dl class="vitals facts-row">
        <Fact name="Balancer" value={balancers.join(', ')} />
        <Fact name="Resolved" value={resolved ? 'yes' : 'not yet: it is at the first call'} />
        {facts
          .filter(([, value]) => value !== '')
          .slice(0, 8)
          .map(([name, value]) => (
            <Fact key={name} name={name} value={value} />
          ))}
      </dl>
      {endpoints.length === 0 ? (
        <Blank title="No endpoint yet">
          <p>Endpoints are looked up at the first call, or at once with eager: true.</p>
        </Blank>
      ) : (
        <>
          {endpoints.length > fewEndpoints && (
            <Find
              label={`Find endpoints of ${services.join(', ')}`}
              value={find}
              set={setFind}
              said={
                found.length > mostListed
                  ? `the first ${mostListed} of ${num(found.length)}`
                  : `${num(found.length)} of ${num(endpoints.length)}`
              }
            />
          )}
          <Scroll name={`Endpoints of ${services.join(', ')}`}>
            <table class="wide rows">
              <thead>
                <tr>
                  <th scope="col" class="sticky">
                    Endpoint
                  </th>
                  <th scope="col">State</th>
                  {hasCircuits && <th scope="col">Circuits</th>}
                  <th scope="col">Zone</th>
                  <th scope="col" class="n">
                    Weight
                  </th>
                  <th scope="col" class="n">
                    In flight
                  </th>
                  <th scope="col" class="n">
                    p50
                  </th>
                  <th scope="col" class="n">
                    Failed
                  </th>
                  <th scope="col" class="n">
                    Picks
                  </th>
                  <th scope="col" class="n">
                    Share
                  </th>
                  <th scope="col">Why</th>
                </tr>
              </thead>
              <tbody>
                {found.slice(0, mostListed).map(({ endpoint, at }) => (
                  <Endpoint key={endpoint.address} endpoint={endpoint} at={at} all={all} hasCircuits={hasCircuits} />
                ))}
              </tbody>
            </table>
          </Scroll>
          <div class="sec gap">
            <h3>Picks</h3>
            <span class="end">share, and each second of the last minute; {num(all)} in all</span>
          </div>
          {otherPicks !== null && (
            <p class="u">
              {`${num(sum(otherPicks))} of them went to endpoints beyond the 1,000 that are counted one by one.`}
            </p>
          )}
          <Picks
            names={[
              ...endpoints.map(({ address }) => address),
              ...(otherPicks === null ? [] : ['not counted one by one']),
            ]}
            picks={[...endpoints.map(({ picks }) => picks), ...(otherPicks === null ? [] : [otherPicks])]}
            opened={channel.opened}
            ejected={channel.ejected}
          />
        </>
      )}
    </Section>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return <Vital name={name} value="" unit={value} />
}

interface EndpointProps {
  readonly endpoint: EndpointView
  readonly at: number
  readonly all: number
  readonly hasCircuits: boolean
}

function Endpoint({ endpoint, at, all, hasCircuits }: EndpointProps) {
  const { address, state, circuits, zone, weight, inFlight, p50, failed, picks, why } = endpoint
  const picked = sum(picks)
  return (
    <tr>
      <th scope="row" class="sticky">
        <Swatch at={at} /> <span class="code">{address}</span>
      </th>
      <td>
        <State name={state} />
      </td>
      {hasCircuits && (
        <td>
          {circuits.map(({ method, state: circuit, why: reason }) => (
            <div key={method} title={reason}>
              <Circuit state={circuit} /> <span class="u">{method.split('/')[1]}</span>
            </div>
          ))}
        </td>
      )}
      <td>{zone ?? <span class="u">–</span>}</td>
      <td class="n">{weight}</td>
      <td class="n">{inFlight}</td>
      <td class="n">
        <Ms value={p50} />
      </td>
      <td class="n">{num(failed)}</td>
      <td class="n">{num(picked)}</td>
      <td class="n">
        {all === 0 ? '0' : ((picked / all) * 100).toFixed(1)}
        <span class="u"> %</span>
      </td>
      <td class="muted">
        {[why, ...circuits.filter(one => one.state !== 'closed').map(one => one.why)]
          .filter(text => text !== '')
          .join('; ')}
      </td>
    </tr>
  )
}
