import { useRef } from 'preact/hooks'
import { Section } from './marks.js'

interface Props {
  readonly headers: readonly (readonly [string, string])[]
  set(headers: readonly (readonly [string, string])[]): void
}

export function HeaderRows({ headers, set }: Props) {
  const adds = useRef<HTMLButtonElement>(null)
  // The button that had the focus is gone.
  const remove = (at: number) => {
    set(headers.toSpliced(at, 1))
    adds.current?.focus()
  }
  const add = (
    <button class="link" type="button" ref={adds} onClick={() => set([...headers, ['', '']])}>
      Add a header
    </button>
  )
  return (
    <Section id="headers" title="Headers" end={add}>
      {headers.map(([name, value], at) => (
        <div class="two heads" key={at}>
          <input
            class="in mono"
            aria-label={`Header ${at + 1}, name`}
            value={name}
            onInput={({ currentTarget }) => set(headers.with(at, [currentTarget.value, value]))}
          />
          <input
            class="in mono"
            aria-label={`Header ${at + 1}, value`}
            value={value}
            onInput={({ currentTarget }) => set(headers.with(at, [name, currentTarget.value]))}
          />
          <button class="icon" type="button" aria-label={`Remove header ${at + 1}`} onClick={() => remove(at)}>
            <span aria-hidden="true">×</span>
          </button>
        </div>
      ))}
    </Section>
  )
}
