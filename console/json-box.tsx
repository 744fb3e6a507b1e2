import type { TrialForm } from '../src/console/trial-views.js'
import { dots, type Json, masked, typedValue } from './value.js'

/** What was typed as JSON. It holds until the form says something else than `value`. */
export interface Typed {
  readonly text: string
  /** The request while this text stands: what was read of it, or what the form said before if it cannot be read. */
  readonly value: Json
  /** Why it cannot be read. */
  readonly wrong?: string
}

interface Props {
  readonly value: Json
  readonly form: TrialForm
  readonly typed: Typed | undefined
  set(value: Json): void
  setTyped(typed: Typed | undefined): void
}

/** Why what stands in the box is not the request. */
export function wrongIn(typed: Typed | undefined, value: Json): string | undefined {
  return typed?.value === value ? typed.wrong : undefined
}

/** The request as JSON, beside the form: two views of one value. While it is typed it stays as it is typed. */
export function JsonBox({ value, form, typed, set, setTyped }: Props) {
  const shown = JSON.stringify(
    masked(value, form.input, form.types, () => dots),
    null,
    2,
  )
  const isTyped = typed?.value === value
  const text = isTyped ? typed.text : shown
  const wrong = wrongIn(typed, value)
  // Sensitive values become dots when it is left. The text stays as it is otherwise, so that nothing moves under the pointer.
  const hide = () => {
    if (!isTyped || wrong !== undefined) return
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
            setTyped({ text: given, value, wrong: `not read yet: ${(error as Error).message.slice(0, 80)}` })
          }
        }}
      />
    </section>
  )
}
