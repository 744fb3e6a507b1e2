import type { TrialForm } from '../src/console/trial-views.js'
import { hrefOf } from './route.js'
import { isObject, type Json, masked } from './value.js'

/** What a link of Try it carries. */
export interface Linked {
  readonly value: Json
  readonly headers: readonly (readonly [string, string])[]
  readonly wire: string
  readonly codec: string
  readonly timeout: string
}

/** The link of a form as it is filled in, without sensitive values. */
export function linkOf({ name, side, input, types }: TrialForm, linked: Linked): string {
  const shown = { ...linked, value: masked(linked.value, input, types, () => undefined) }
  const bytes = new TextEncoder().encode(JSON.stringify(shown))
  const text = btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
  return hrefOf('try', name, { side, v: text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') })
}

/** Undefined if the link carries nothing that can be read. */
export function linkedIn(text: string | null): Partial<Linked> | undefined {
  if (text === null) return undefined
  try {
    const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(plain, one => one.charCodeAt(0))))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
