import type { Attempt, CallDetail } from '../src/console/views.js'
import { millis, toneOf } from './format.js'

/** A line of a timeline: an attempt, or a wait. */
export interface Lane {
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

/** Attempts, and the waits between them, in the order in which they began. */
export function lanesOf(call: CallDetail): Lane[] {
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
