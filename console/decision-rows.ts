import type { Attempt, CallDetail, Decision } from '../src/console/views.js'
import { millis, num } from './format.js'

/** A sentence of the timeline: when, who decided, and what, with the reason. */
export interface DecisionRow {
  readonly at: number
  readonly by: string
  readonly why: string
}

/** Everything that was decided about a call, in its order; of what happened at one time, what a policy decided stands before the pick. */
export function decisionRows(call: CallDetail): DecisionRow[] {
  const { decisions, timeline, shedBy, took } = call
  return [
    ...timeline.flatMap(attempt => endingRow(attempt, call)),
    ...decisions.map(decision => ({ at: decision.at, by: decision.policy, why: decidedText(decision, call) })),
    ...timeline.map(attempt => ({ at: attempt.from, by: attempt.balancer, why: pickText(attempt) })),
    ...(shedBy === undefined || timeline.length > 0
      ? []
      : [{ at: took, by: shedBy, why: `refused the call: ${call.message ?? call.reason ?? call.code}` }]),
    { at: took, by: 'call', why: endText(call) },
  ].sort((a, b) => a.at - b.at)
}

/** What a policy does, and why. */
export function decisionText({ action, why, delay, code }: Omit<Decision, 'at'>, what?: string): string {
  const because = why === '' ? '' : `: ${why}`
  const after = code === undefined ? '' : `, after ${code}`
  return `${what ?? decided[action] ?? action}${because}${after}${delay > 0 ? `, in ${millis(delay)} ms` : ''}`
}

const decided: Readonly<Record<string, string>> = {
  retry: 'sends another attempt',
  hedge: 'sends an attempt beside it',
  failover: 'moves to another endpoint',
  won: 'takes the reply of the hedge',
  stop: 'sends no further attempt',
  cached: 'answered without a call',
}

/** A retry says which attempt it sends, and why it may: the method is repeatable, or no handler ran. */
function decidedText(decision: Decision, { timeline, idempotency }: CallDetail): string {
  if (decision.action !== 'retry') return decisionText(decision)
  const next = timeline.filter(({ from }) => from <= decision.at).length + 1
  const may = idempotency === 'unknown' ? 'no handler ran' : `the method is ${idempotency}`
  return `${decisionText(decision, `sends attempt ${next}`)}; it may, because ${may}`
}

const ways: Readonly<Record<string, string>> = {
  adaptive: 'the less loaded of two at random',
  'consistent-hash': 'by the hash of its key',
  'least-connections': 'with the fewest calls in flight',
  random: 'at random',
  'round-robin': 'the next in turn',
  'weighted-round-robin': 'the next in turn, by weight',
}

function pickText({ endpoint, balancer, candidates, inFlight, cause }: Attempt): string {
  const way = candidates < 2 ? 'the only one' : `of ${num(candidates)}, ${ways[balancer] ?? `by ${balancer}`}`
  return `picked ${endpoint}, ${way}; ${num(inFlight)} in flight there${cause === 'first' ? '' : `, for the ${cause}`}`
}

/** Policies that end an attempt by themselves. */
const enders: Readonly<Record<string, string>> = {
  circuit_open: 'circuitBreaker',
  bulkhead_full: 'bulkhead',
  per_try_timeout: 'timeout',
}

/** What ended an attempt, if a policy of this process did. */
function endingRow({ number, to, code, reason, message }: Attempt, call: CallDetail): DecisionRow[] {
  if (to === undefined) return []
  const by = enders[reason ?? '']
  if (by !== undefined) {
    // The message begins with the method, which the page names already.
    const why = (message ?? reason ?? '').replace(`/${call.name}: `, '')
    return [{ at: to, by, why: `${by === 'timeout' ? 'ended' : 'turned away'} attempt ${number}: ${why}` }]
  }
  if (code === 'canceled' && call.code === 'ok')
    return [{ at: to, by: 'hedge', why: `canceled attempt ${number}: another one answered` }]
  return []
}

function endText({ code, reason, type, deadline, took }: CallDetail): string {
  const left = deadline === undefined ? '' : `, ${millis(Math.max(0, deadline - took))} ms before its deadline`
  const what = type ?? reason
  if (code === 'deadline_exceeded' && deadline !== undefined && what === undefined)
    return `ended ${code}: its deadline of ${millis(deadline)} ms passed`
  return `ended ${code}${what === undefined || what === code ? '' : ` (${what})`}${code === 'ok' ? left : ''}`
}
