import type { CallDetail, Decision } from '../src/console/views.js'
import { millis } from './format.js'
import { Scroll } from './marks.js'

/** Who decided what about a call, and why. */
export function Decisions({ call }: { readonly call: CallDetail }) {
  const rows = [
    // Before the picks that follow from them at the same time.
    ...call.decisions.map(decision => ({ at: decision.at, by: decision.policy, why: decisionText(decision) })),
    ...call.timeline.map(({ from, balancer, endpoint, candidates, inFlight, cause }) => ({
      at: from,
      by: balancer,
      why: `picked ${endpoint} of ${candidates}: ${inFlight} calls in flight there${cause === 'first' ? '' : `, for the ${cause}`}`,
    })),
    ...(call.shedBy === undefined
      ? []
      : [{ at: call.took, by: call.shedBy, why: `refused the call: ${call.reason ?? call.code}` }]),
    { at: call.took, by: 'call', why: endText(call) },
  ].sort((a, b) => a.at - b.at)
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
          {rows.map(({ at, by, why }) => (
            <tr key={`${at} ${by} ${why}`}>
              <td class="mono">{millis(at)}</td>
              <td>{by}</td>
              <td>{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** What a policy does, and why. */
export function decisionText({ action, why, delay, code }: Omit<Decision, 'at'>): string {
  const because = why === '' ? '' : `: ${why}`
  const after = code === undefined ? '' : `, after ${code}`
  return `${decided[action] ?? action}${because}${after}${delay > 0 ? `, in ${millis(delay)} ms` : ''}`
}

const decided: Readonly<Record<string, string>> = {
  retry: 'sends another attempt',
  hedge: 'sends an attempt beside it',
  failover: 'moves to another endpoint',
  stop: 'sends no further attempt',
  cached: 'answered without a call',
}

function endText({ code, reason, type, deadline, took }: CallDetail): string {
  const left = deadline === undefined ? '' : `, ${millis(Math.max(0, deadline - took))} ms before its deadline`
  const what = type ?? reason
  return `ended ${code}${what === undefined || what === code ? '' : ` (${what})`}${code === 'ok' ? left : ''}`
}
