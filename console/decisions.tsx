import type { CallDetail } from '../src/console/views.js'
import { decisionRows } from './decision-rows.js'
import { millis } from './format.js'
import { Scroll } from './marks.js'

/** Who decided what about a call, and why. */
export function Decisions({ call }: { readonly call: CallDetail }) {
  return (
    <Scroll name="Decisions">
      <table class="why">
        <caption class="vh">What was decided, by whom and why</caption>
        <thead>
          <tr>
            <th scope="col">ms</th>
            <th scope="col">Decided by</th>
            <th scope="col">What and why</th>
          </tr>
        </thead>
        <tbody>
          {decisionRows(call).map(({ at, by, why }) => (
            <tr key={`${at} ${by} ${why}`}>
              <td class="mono">{millis(at)}</td>
              <td>{by}</td>
              <td class="wrap">{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
