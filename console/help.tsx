import { useLayoutEffect, useRef } from 'preact/hooks'
import { keys } from './keys.js'

interface Props {
  readonly single: boolean
  setSingle(on: boolean): void
  close(): void
}

export function Help({ single, setSingle, close }: Props) {
  const dialog = useModal()
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {keys.map(([pressed, what]) => [
          <dt key={`${pressed} key`}>
            {pressed.split(' ').map(one => (
              <kbd key={one}>{one}</kbd>
            ))}
          </dt>,
          <dd key={pressed}>{what}</dd>,
        ])}
      </dl>
      <p>
        <label class="check">
          <input type="checkbox" checked={single} onChange={({ currentTarget }) => setSingle(currentTarget.checked)} />
          Single-key shortcuts
        </label>
      </p>
      <p class="gap">
        <button class="btn" type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </p>
    </dialog>
  )
}

/**
 * A dialog that is modal as long as it is there. It is open before the next key arrives, not after the next paint: what somebody types right
 * behind `/` is a search.
 */
export function useModal() {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const { current } = dialog
    current?.showModal()
    // A click on the backdrop is one on the dialog itself.
    const clicked = ({ target }: MouseEvent) => target === current && current?.close()
    current?.addEventListener('click', clicked)
    return () => current?.removeEventListener('click', clicked)
  }, [])
  return dialog
}
