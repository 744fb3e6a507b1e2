import { attempted, type Policy, type PolicyDefinition } from '../core/policy.js'

/** Milliseconds that a call has if nothing else is declared. */
export const defaultTotal = 30_000

/**
 * Rejects when the call's deadline passes, even if the handler beneath never settles. A channel leaves it out if it is the outermost
 * policy: the call itself rejects there.
 */
export const rejectAtDeadline: Policy = next => call =>
  new Promise((resolve, reject) => {
    call.onCancel(reject)
    attempted(next, call).then(resolve, reject)
  })

/** A policy that gives a call so many milliseconds. */
export function totalTimeout(total: number): PolicyDefinition {
  return Object.freeze({
    name: 'timeout',
    stages: ['call'] as const,
    summary: `timeout(${total} ms)`,
    bounds: { total },
    build: () => rejectAtDeadline,
  })
}
