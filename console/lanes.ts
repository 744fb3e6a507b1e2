import type { Attempt, CallDetail, Decision } from '../src/console/views.js'
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
  const waits = decisions.flatMap(decision => {
    const wait = waitOf(decision, timeline)
    return wait === undefined ? [] : [{ ...wait, to: Math.min(took, wait.to) }]
  })
  return [...attempts, ...waits.map(waitLane)].sort((a, b) => a.from - b.from)
}

interface Wait {
  readonly what: string
  readonly from: number
  readonly to: number
}

/** A backoff follows its decision. A hedge that no failure began was decided after a delay without an answer. */
function waitOf({ at, delay, action, code }: Decision, timeline: CallDetail['timeline']): Wait | undefined {
  if (delay > 0) return { what: `backoff ${millis(delay)} ms`, from: at, to: at + delay }
  const from = timeline.filter(attempt => attempt.from < at).at(-1)?.from
  if (action !== 'hedge' || code !== undefined || from === undefined) return undefined
  return { what: `hedge delay ${millis(at - from)} ms`, from, to: at }
}

function waitLane({ what, from, to }: Wait, index: number): Lane {
  return { key: `w${index}`, number: '', what, kind: '', from, to, tone: 'wait', end: 'waiting', isWait: true }
}

function attemptTone({ code, reason, cause }: Attempt): string {
  if (code === 'ok') return cause === 'hedge' ? 'hedge' : 'ok'
  if (code === 'canceled') return 'off'
  if (reason === 'circuit_open' || reason === 'bulkhead_full') return 'open'
  return code === undefined ? 'root' : 'bad'
}
