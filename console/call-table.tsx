import type { CallRow } from '../src/console/views.js'
import { clock, toneOf } from './format.js'
import { Ms, Scroll } from './marks.js'
import { hrefOf } from './route.js'

interface TableProps {
  readonly calls: readonly CallRow[]
  readonly withMethod?: boolean
  readonly chosen?: number
  /** What the address says, beside the call that a row leads to: of the page of their method. Default: nothing. */
  readonly beside?: URLSearchParams
}

/** What happened to a call, in a few words. */
function happened({ type, reason, message, attempts, won, slow, code }: CallRow): string {
  const tries = attempts > 1 ? `${attempts} attempts` : ''
  const success = won === undefined ? (slow ? 'slow' : '') : `the ${won} won`
  const what = code === 'ok' ? success : (type ?? reason ?? message ?? '')
  return [tries, what]
    .filter(text => text !== '')
    .join(', ')
    .slice(0, 120)
}

export function CallTable({ calls, withMethod = false, chosen, beside = new URLSearchParams() }: TableProps) {
  return (
    <Scroll name="Calls">
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Call</th>
            <th scope="col">Time</th>
            {withMethod && (
              <th scope="col" class="p2">
                Method
              </th>
            )}
            <th scope="col" class="n">
              Took
            </th>
            <th scope="col">Code</th>
            <th scope="col" class="p2">
              What happened
            </th>
            <th scope="col" class="p3">
              Peer
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.map(call => (
            <tr key={call.key} class={call.key === chosen ? 'on' : ''}>
              <th scope="row">
                <a
                  class="code"
                  href={hrefOf('method', call.name, {
                    ...Object.fromEntries(beside),
                    side: call.side,
                    call: String(call.key),
                  })}
                  aria-current={call.key === chosen ? 'true' : undefined}
                >
                  {call.id.slice(0, 12)}
                </a>
              </th>
              <td class="mono">{clock(call.at)}</td>
              {withMethod && <td class="code p2">{call.name}</td>}
              <td class="n">
                <Ms value={call.took} />
              </td>
              <td class={`code ${toneOf(call.code)}`}>{call.code}</td>
              <td class="p2 muted">{happened(call)}</td>
              <td class="p3 mono">{call.peer ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
