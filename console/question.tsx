import { useEffect, useRef } from 'preact/hooks'

interface Props {
  readonly name: string
  readonly isUnary: boolean
  send(): void
  /** The reader does not send it. */
  leave(): void
}

/** Asks before a call that may change something. It has the focus while it asks, and gives it back to whoever does not send. */
export function Question({ name, isUnary, send, leave }: Props) {
  const yes = useRef<HTMLButtonElement>(null)
  useEffect(() => yes.current?.focus(), [])
  const refuse = () => {
    leave()
    document.querySelector<HTMLButtonElement>('form[data-send] button[type=submit]')?.focus()
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    refuse()
  }
  return (
    <div class="banner ask" role="alertdialog" aria-label="May it be sent?" onKeyDown={pressed}>
      <span>
        <code>{name}</code> is neither safe nor idempotent: it may change something.
      </span>
      <button class="btn go" type="button" ref={yes} onClick={send}>
        {isUnary ? 'Send it' : 'Open it'}
      </button>
      <button class="btn" type="button" onClick={refuse}>
        Do not
      </button>
    </div>
  )
}
