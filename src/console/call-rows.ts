import type { CallHistory } from '../telemetry/call-history.js'
import type { CallRecord, RecordedAttempt } from '../telemetry/call-record.js'
import { nameOf } from './scene.js'
import type { Attempt, CallDetail, CallRow } from './views.js'

/** Calls of one list. */
const mostRelated = 20

export function callRow(record: CallRecord): CallRow {
  const { key, id, at, took, slow, code, reason, message, type, peer, attempts, side } = record
  return {
    key,
    id,
    name: nameOf(record),
    side: side === 'server' ? 'served' : 'called',
    at,
    took: rounded(took),
    slow,
    code,
    attempts: attempts.length,
    ...wonBy(attempts),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...(type !== undefined && { type }),
    ...(peer !== undefined && { peer }),
  }
}

/** A kept call with its timeline, and the calls that share its id. */
export function callDetail(record: CallRecord, history: CallHistory): CallDetail {
  const { id, key, protocol, deadline, caller, shedBy, attempts, decisions, sent, received } = record
  const related = history.records().filter(other => other.id === id && other.key !== key)
  return {
    ...callRow(record),
    idempotency: idempotencyOf(record, history),
    ...(protocol !== undefined && { protocol }),
    ...(deadline !== undefined && { deadline: rounded(deadline) }),
    ...(caller !== undefined && {
      caller: { name: nameOf(caller), ...(caller.left !== undefined && { left: rounded(caller.left) }) },
    }),
    ...(shedBy !== undefined && { shedBy }),
    timeline: attempts.map(attemptView),
    decisions: decisions.map(one => ({ ...one, at: rounded(one.at), delay: rounded(one.delay) })),
    sent,
    received,
    related: related.slice(0, mostRelated).map(callRow),
  }
}

/** A call that the console itself makes is known from the side that serves it. */
function idempotencyOf({ path }: CallRecord, history: CallHistory): string {
  return (history.find(path, 'client') ?? history.find(path, 'server'))?.method.idempotency ?? 'unknown'
}

function wonBy(attempts: CallRecord['attempts']): Pick<CallRow, 'won'> {
  const winner = attempts.find(({ end }) => end?.code === 'ok')
  return winner === undefined || winner.cause === 'first' ? {} : { won: winner.cause }
}

function attemptView({ from, to, end, ...attempt }: RecordedAttempt): Attempt {
  return { ...attempt, from: rounded(from), ...(to !== undefined && { to: rounded(to) }), ...end }
}

/** Milliseconds to a tenth of a microsecond are noise; to a hundredth of a millisecond they are not. */
function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}
