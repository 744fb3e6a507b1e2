import type { CallHistory } from '../telemetry/call-history.js'
import { nameOf, type SeenMethod } from './scene.js'
import type { Figures, MethodRow, Range } from './views.js'

/** The figures of a method; null if it was not called yet. */
export function figuresOf(calls: CallHistory, { method, side }: SeenMethod, range: Range): Figures | null {
  const history = calls.find(method.path, side === 'served' ? 'server' : 'client')
  return history?.view(range) ?? null
}

export function methodRow(calls: CallHistory, seen: SeenMethod, range: Range): MethodRow {
  const { method, side } = seen
  return {
    name: nameOf(method),
    side,
    kind: method.kind.replace('_', ' '),
    idempotency: method.idempotency,
    deprecated: method.deprecated ?? false,
    figures: figuresOf(calls, seen, range),
  }
}
