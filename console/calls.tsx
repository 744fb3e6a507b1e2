import { useEffect, useState } from 'preact/hooks'
import type { Attempt, CallDetail, CallRow } from '../src/console/views.js'
import { bytesText, clock, millis, toneOf } from './format.js'
import { read } from './live.js'
import { Ms, Scroll } from './marks.js'
import { hrefOf } from './route.js'

interface TableProps {
  readonly calls: readonly CallRow[]
  readonly withMethod?: boolean
  readonly chosen?: number
}

/** What happened to a call, in a few words. */
export function happened({ type, reason, message, attempts, slow, code }: CallRow): string {
  const tries = attempts > 1 ? `${attempts} attempts` : ''
  const what = code === 'ok' ? (slow ? 'slow' : '') : (type ?? reason ?? message ?? '')
  return [tries, what]
    .filter(text => text !== '')
    .join(', ')
    .slice(0, 120)
}

export function CallTable({ calls, withMethod = false, chosen }: TableProps) {
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
                  href={hrefOf('method', call.name, { side: call.side, call: String(call.key) })}
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

/** A kept call, read once. */
export function CallPanel({ id }: { readonly id: string }) {
  const [state, setState] = useState<{ id: string; call?: CallDetail; error?: string }>({ id })
  useEffect(() => {
    const leaving = new AbortController()
    read<CallDetail>(`calls/${id}`, leaving.signal).then(
      call => setState({ id, call }),
      (error: Error) => !leaving.signal.aborted && setState({ id, error: error.message }),
    )
    return () => leaving.abort()
  }, [id])
  if (state.id !== id) return null
  if (state.error !== undefined) return <p class="detail muted">{state.error}</p>
  return state.call === undefined ? null : <Timeline call={state.call} />
}

interface Lane {
  readonly key: string
  readonly number: string
  readonly what: string
  readonly kind: string
  readonly from: number
  readonly to: number
  readonly tone: string
  readonly end: string
  readonly isWait: boolean
}

export function Timeline({ call }: { readonly call: CallDetail }) {
  const total = Math.max(call.took, 0.01)
  const percent = (ms: number) => Math.min(100, (ms / total) * 100)
  const step = [
    0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 10, 50, 100, 250, 500, 1000, 5000, 10_000, 60_000, 600_000, 3_600_000,
  ].find(one => total / one <= 7)
  const ticks = Array.from({ length: Math.floor(total / (step ?? total)) + 1 }, (_, at) => at * (step ?? total)).filter(
    at => percent(at) < 94,
  )
  return (
    <div class="detail">
      <div class="sec">
        <h3>
          <code class="wrap">{call.id}</code>
        </h3>
        <span class="muted">
          {clock(call.at)}
          {call.deadline !== undefined && `, deadline ${millis(call.deadline)} ms`}
          {call.received.messages + call.sent.messages > 0 &&
            `, ${bytesText(call.sent.bytes)} sent, ${bytesText(call.received.bytes)} received`}
        </span>
        <span class="end">
          <a href={hrefOf('try', call.name, { side: call.side })}>Repeat in Try it</a>
        </span>
      </div>
      <div class="lanes">
        <div class="axis e" />
        <div class="axis lane-cell">
          <svg class="lane" aria-hidden="true">
            {ticks.map((at, index) => (
              <text key={at} x={`${percent(at)}%`} y="16" text-anchor={index === 0 ? 'start' : 'middle'}>
                {Number(at.toFixed(2))}
                {index === 0 ? ' ms' : ''}
              </text>
            ))}
          </svg>
        </div>
        <div class="axis e">{millis(call.took)} ms</div>
        {lanesOf(call).map(lane => (
          <LaneRow key={lane.key} lane={lane} percent={percent} ticks={ticks} />
        ))}
      </div>
      {call.message !== undefined && <p class="wrap">{call.message}</p>}
      <Decisions call={call} />
      {call.related.length > 0 && (
        <>
          <h4 class="gap">Calls with the same id</h4>
          <CallTable calls={call.related} withMethod />
        </>
      )}
    </div>
  )
}

interface LaneProps {
  readonly lane: Lane
  readonly ticks: readonly number[]
  percent(ms: number): number
}

function LaneRow({ lane, ticks, percent }: LaneProps) {
  const { number, what, kind, from, to, tone, end, isWait } = lane
  const width = Math.max(0.5, percent(to) - percent(from))
  return (
    <>
      <div class={`lab${isWait ? ' wait' : ''}`}>
        <span class="num">{number}</span>
        <span class={isWait ? '' : 'code'}>{what}</span>
        <span class="u">{kind}</span>
      </div>
      <div class="lane-cell">
        <svg class="lane" role="img" aria-label={`${what}: ${end}, from ${millis(from)} to ${millis(to)} ms`}>
          {ticks.map(at => (
            <line key={at} class="guide" x1={`${percent(at)}%`} x2={`${percent(at)}%`} y1="0" y2="100%" />
          ))}
          <rect
            class={`b-${tone}`}
            x={`${Math.min(99.5, percent(from))}%`}
            width={`${width}%`}
            y={isWait ? 8 : 6}
            height={isWait ? 8 : 12}
          />
        </svg>
      </div>
      <div class={`res code ${textTones[tone] ?? ''}`}>{isWait ? '' : end}</div>
    </>
  )
}

const textTones: Readonly<Record<string, string>> = { ok: 'ok', bad: 'bad', open: 'warn', off: 'muted', hedge: 'hedge' }

/** Attempts, and the waits between them, in the order in which they began. */
function lanesOf(call: CallDetail): Lane[] {
  const { timeline, decisions, side, took } = call
  if (timeline.length === 0) {
    const end = call.reason ?? call.code
    const what = side === 'served' ? (call.shedBy ?? 'handler') : (call.shedBy ?? 'this process')
    const tone = call.code === 'ok' ? 'ok' : toneOf(call.code) === 'bad' ? 'bad' : 'open'
    return [{ key: 'all', number: '', what, kind: '', from: 0, to: took, tone, end, isWait: false }]
  }
  const attempts = timeline.map((attempt): Lane => {
    const { number, endpoint, cause, from, to = took, code = 'running', reason } = attempt
    return {
      key: `a${number}`,
      number: String(number),
      what: endpoint,
      kind: cause === 'first' ? '' : cause,
      from,
      to,
      tone: attemptTone(attempt),
      end: reason ?? code,
      isWait: false,
    }
  })
  const waits = decisions
    .filter(({ delay }) => delay > 0)
    .map(
      ({ at, delay, action }, index): Lane => ({
        key: `w${index}`,
        number: '',
        what: `${action === 'hedge' ? 'hedge delay' : 'backoff'} ${millis(delay)} ms`,
        kind: '',
        from: at,
        to: Math.min(took, at + delay),
        tone: 'wait',
        end: 'waiting',
        isWait: true,
      }),
    )
  return [...attempts, ...waits].sort((a, b) => a.from - b.from)
}

function attemptTone({ code, reason, cause }: Attempt): string {
  if (code === 'ok') return cause === 'hedge' ? 'hedge' : 'ok'
  if (code === 'canceled') return 'off'
  if (reason === 'circuit_open' || reason === 'bulkhead_full') return 'open'
  return code === undefined ? 'root' : 'bad'
}

function Decisions({ call }: { readonly call: CallDetail }) {
  const rows = [
    ...call.timeline.map(({ from, balancer, endpoint, candidates, inFlight, cause }) => ({
      at: from,
      by: balancer,
      why: `picked ${endpoint} of ${candidates}: ${inFlight} calls in flight there${cause === 'first' ? '' : `, for the ${cause}`}`,
    })),
    ...call.decisions.map(({ at, policy, action, why, delay, code }) => ({
      at,
      by: policy,
      why: `${decided[action] ?? action}${why === '' ? '' : `: ${why}`}${code === undefined ? '' : `, after ${code}`}${delay > 0 ? `, in ${millis(delay)} ms` : ''}`,
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
