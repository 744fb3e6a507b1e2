import type { TrialForm } from '../src/console/trial-views.js'
import type { Json } from './value.js'

/** A call as it is filled in. */
export interface Composed {
  readonly form: TrialForm
  readonly wire: string
  readonly codec: string
  readonly timeout: string
  readonly headers: readonly (readonly [string, string])[]
  readonly value: Json
}

/** The target of the wire and codec that are chosen. */
export function targetOf({ wires }: TrialForm, wire: string, codec: string): string {
  const chosen = wires.find(({ name }) => name === wire) ?? wires[0]
  if (chosen === undefined) return ''
  return codec === '' || codec === chosen.codecs[0] ? chosen.target : `${chosen.target}?codec=${codec}`
}
