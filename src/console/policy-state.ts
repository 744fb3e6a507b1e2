import type { MethodState, PolicyState } from '../core/inspection.js'
import { circuitsOf } from './circuits.js'
import type { Figures, Layer } from './views.js'

type Shown = Pick<Layer, 'now' | 'level'>

const quiet: Shown = { now: '', level: 'ok' }

/** What a policy did and how it is, in a few words. @param work of all policies of the method; default: it is not shown */
export function policyState(policy: string, states: MethodState | undefined, work: Figures['work'] = []): Shown {
  const { now, level } = stateOf(policy, states)
  // A budget says itself how many retries there were, and a circuit is what it refuses by.
  const told = work.filter(one => one.policy === policy && actions[one.action] !== undefined)
  const did = told.map(({ action, count }) => `${counted(count)} ${actions[action]}`)
  return { now: [...did, now].filter(text => text !== '').join(', '), level }
}

const actions: Readonly<Record<string, string>> = {
  failover: 'moved',
  hedge: 'sent',
  won: 'won',
  cached: 'answered',
  refused: 'refused',
  expired: 'ran out',
  stop: 'gave up',
}

/** From what `inspect` shows of it. */
function stateOf(policy: string, states: MethodState | undefined): Shown {
  const state = states?.[policy]
  if (state === undefined) return quiet
  if (policy === 'circuitBreaker') return circuitState(states)
  if (policy === 'bulkhead') return fullest(state)
  if (policy === 'retry' || policy === 'hedge') return budget(state)
  if (policy === 'cached')
    return { now: state.remote === true ? 'in a shared store' : `${state.entries} entries`, level: 'ok' }
  if (policy === 'rateLimit')
    return {
      now: state.left === undefined ? `${state.keys} keys` : `${floor(state.left)} of ${state.burst} left`,
      level: 'ok',
    }
  if (policy === 'concurrency') {
    const { inFlight, limit } = state as { readonly inFlight: number; readonly limit: number }
    return { now: `${inFlight} of ${floor(limit)}`, level: inFlight >= limit * 0.75 ? 'warn' : 'ok' }
  }
  return {
    now: Object.entries(state)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', '),
    level: 'ok',
  }
}

function circuitState(states: MethodState | undefined): Shown {
  const circuits = circuitsOf(states)
  const broken = circuits.filter(([, { state }]) => state !== 'closed')
  if (broken.length === 0) return { now: circuits.length === 0 ? '' : 'closed', level: 'ok' }
  const level = broken.some(([, { state }]) => state === 'open') ? 'bad' : 'warn'
  return { now: broken.map(([address, { state }]) => `${address} ${state}`).join(', '), level }
}

interface Room {
  readonly inFlight: number
  readonly waiting: number
  readonly concurrency: number
}

function fullest({ endpoints }: PolicyState): Shown {
  const rooms = Object.values((endpoints ?? {}) as Readonly<Record<string, Room>>)
  const [first] = rooms.sort((a, b) => b.inFlight / b.concurrency - a.inFlight / a.concurrency)
  if (first === undefined) return quiet
  const waiting = first.waiting > 0 ? `, ${first.waiting} waiting` : ''
  const level = first.inFlight >= first.concurrency * 0.75 ? 'warn' : 'ok'
  return { now: `fullest ${first.inFlight} of ${first.concurrency}${waiting}`, level }
}

function budget({ retries, calls, budgetLeft, tokens, maxTokens }: PolicyState): Shown {
  const parts = [`${counted(retries)} extra of ${counted(calls)} calls in 10 s`, `${counted(budgetLeft)} left`]
  if (tokens !== undefined) parts.push(`throttle ${Number(tokens).toFixed(1)} of ${maxTokens}`)
  return { now: parts.join(', '), level: budgetLeft === 0 && Number(retries) > 0 ? 'warn' : 'ok' }
}

function counted(value: unknown): string {
  return Number(value).toLocaleString('en-US')
}

function floor(value: unknown): number {
  return Math.floor(Number(value))
}
