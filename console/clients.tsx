import { useState } from 'preact/hooks'
import type { ChannelView, ClientsView, EndpointView } from '../src/console/views.js'
import { Endpoint } from './endpoint-row.js'
import { Find, matches } from './find.js'
import { num, sum } from './format.js'
import { Blank, Head, reachable, Scroll, Section, Vital } from './marks.js'
import { Picks } from './picks.js'

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
  const { services, protocol, target, resolved, zone, subset, balancers, facts, endpoints, otherPicks } = channel
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
        <Fact name="Endpoints" value={resolved ? usableText(endpoints) : 'not yet: at the first call'} />
        {zone !== null && <Fact name="Own zone" value={zone} />}
        {subset !== null && <Fact name="Subset" value={`${num(subset)} of all`} />}
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

function usableText(endpoints: readonly EndpointView[]): string {
  return `${num(endpoints.filter(({ usable }) => usable).length)} of ${num(endpoints.length)} usable`
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return <Vital name={name} value="" unit={value} />
}
