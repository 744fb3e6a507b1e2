import type { EndpointView } from '../src/console/views.js'
import { num, sum } from './format.js'
import { Circuit, Ms, State } from './marks.js'
import { Swatch } from './picks.js'

interface EndpointProps {
  readonly endpoint: EndpointView
  readonly at: number
  readonly all: number
  readonly hasCircuits: boolean
}

/** An endpoint of a channel, with its circuits and what is wrong with it. */
export function Endpoint({ endpoint, at, all, hasCircuits }: EndpointProps) {
  const { address, state, circuits, zone, weight, inFlight, p50, failed, turnedAway, picks, why } = endpoint
  const picked = sum(picks)
  const sent = picked - turnedAway
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
      <td class="n" title={`${num(failed)} of ${num(sent)}`}>
        {failed === 0 ? (
          '0'
        ) : (
          <>
            {((failed / sent) * 100).toFixed(1)}
            <span class="u"> %</span>
          </>
        )}
      </td>
      <td class="n">{num(picked)}</td>
      <td class="n">
        {all === 0 ? '0' : ((picked / all) * 100).toFixed(1)}
        <span class="u"> %</span>
      </td>
      <td class="muted">
        {[why, turnedAway > 0 ? `${num(turnedAway)} turned away` : '', ...circuits.map(circuitText)]
          .filter(text => text !== '')
          .join('; ')}
      </td>
    </tr>
  )
}

/** The method is named by its circuit; with several the reason names it too. */
function circuitText(
  { method, why }: EndpointView['circuits'][number],
  _at: number,
  all: EndpointView['circuits'],
): string {
  return all.length > 1 ? `${method.split('/')[1]}: ${why}` : why
}
