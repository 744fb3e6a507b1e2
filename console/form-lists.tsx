import type { ComponentChildren } from 'preact'
import { num } from './format.js'
import type { Json } from './value.js'

/** Elements that are drawn. The JSON beside the form has all. */
const mostDrawn = 100

/** Draws an element, which `change` replaces. */
type DrawPart = (label: string, at: number, value: unknown, change: (value: unknown) => void) => ComponentChildren

interface ElementsProps {
  readonly name: string
  readonly values: readonly unknown[]
  /** A new element. */
  empty(): unknown
  set(values: readonly unknown[]): void
  readonly part: DrawPart
}

/** The elements of a list or a set. */
export function Elements({ name, values, empty, set, part }: ElementsProps) {
  return (
    <>
      {values.slice(0, mostDrawn).map((value, at) => (
        <div class="two line" key={at}>
          {part(`${name} ${at + 1}`, at, value, one => set(values.with(at, one)))}
          <Remove what={`${name} ${at + 1}`} act={() => set(values.toSpliced(at, 1))} />
        </div>
      ))}
      <More count={values.length} />
      <button class="btn" type="button" onClick={() => set([...values, empty()])}>
        Add to {name}
      </button>
    </>
  )
}

interface EntriesProps {
  readonly name: string
  readonly values: Json
  /** A new value. */
  empty(): unknown
  set(values: Json): void
  readonly part: DrawPart
}

/** The entries of a map. */
export function Entries({ name, values, empty, set, part }: EntriesProps) {
  const entries = Object.entries(values)
  const change = (at: number, entry: readonly [string, unknown]) =>
    set(Object.fromEntries(entries.with(at, [...entry])))
  return (
    <>
      {entries.slice(0, mostDrawn).map(([key, value], at) => (
        <div class="two" key={at}>
          <input
            class="in mono"
            aria-label={`${name}, key ${at + 1}`}
            value={key}
            onChange={({ currentTarget }) => change(at, [currentTarget.value, value])}
          />
          {part(`${name}, value of ${key}`, at, value, one => change(at, [key, one]))}
          <Remove what={`${name} ${key}`} act={() => set(Object.fromEntries(entries.toSpliced(at, 1)))} />
        </div>
      ))}
      <More count={entries.length} />
      <button class="btn" type="button" disabled={'' in values} onClick={() => set({ ...values, '': empty() })}>
        Add to {name}
      </button>
    </>
  )
}

function More({ count }: { readonly count: number }) {
  if (count <= mostDrawn) return null
  return (
    <p class="hint">
      The first {mostDrawn} of {num(count)}. Change the others in the JSON.
    </p>
  )
}

function Remove({ what, act }: { readonly what: string; act(): void }) {
  return (
    <button class="icon" type="button" aria-label={`Remove ${what}`} onClick={act}>
      <span aria-hidden="true">×</span>
    </button>
  )
}
