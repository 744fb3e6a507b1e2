import { useState } from 'preact/hooks'
import type { TrialForm } from '../src/console/trial-views.js'
import { dots, type Json, masked, typedValue } from './value.js'

interface Props {
  readonly value: Json
  readonly form: TrialForm
  set(value: Json): void
}

/** The request as JSON, beside the form: two views of one value. While it is typed it stays as it is typed. */
export function JsonBox({ value, form, set }: Props) {
  const shown = JSON.stringify(
    masked(value, form.input, form.types, () => dots),
    null,
    2,
  )
  const [typed, setTyped] = useState<{ text: string; value?: Json; wrong?: string } | undefined>()
  // What was typed holds until the form says something else.
  const isTyped = typed !== undefined && (typed.wrong !== undefined || typed.value === value)
  const text = isTyped ? typed.text : shown
  const wrong = isTyped ? typed.wrong : undefined
  // Sensitive values become dots when it is left. The text stays as it is otherwise, so that nothing moves under the pointer.
  const hide = () => {
    if (typed === undefined || wrong !== undefined) return
    const secrets: string[] = []
    masked(value, form.input, form.types, (_, secret) => secrets.push(JSON.stringify(secret)))
    if (secrets.length === 0) return
    const isShown = (secret: string) => typed.text.includes(secret) || typed.text.includes(dots)
    const isPlain = secrets.every(secret => secret.startsWith('"') && isShown(secret))
    const hidden = secrets.reduce((all, secret) => all.replaceAll(secret, JSON.stringify(dots)), typed.text)
    setTyped(isPlain ? { ...typed, text: hidden } : undefined)
  }
  return (
    <section aria-labelledby="json-title">
      <div class="sec">
        <h2 id="json-title">
          <label for="json">JSON</label>
        </h2>
        <span class={`end${wrong === undefined ? '' : ' bad'}`} id="json-state">
          {wrong ?? (isTyped ? 'read into the form' : 'as the form says')}
        </span>
      </div>
      <textarea
        class="in mono"
        id="json"
        spellcheck={false}
        aria-describedby="json-state"
        aria-invalid={wrong !== undefined}
        rows={Math.min(24, Math.max(4, text.split('\n').length + 1))}
        value={text}
        onBlur={hide}
        onInput={({ currentTarget: { value: given } }) => {
          try {
            const next = typedValue(given, value)
            setTyped({ text: given, value: next })
            set(next)
          } catch (error) {
            setTyped({ text: given, wrong: `not read yet: ${(error as Error).message.slice(0, 80)}` })
          }
        }}
      />
    </section>
  )
}
