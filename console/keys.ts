import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { pages } from './pages.js'

/** Milliseconds in which a page's key must follow `g`. */
const patience = 1200
const singleKey = 'polywire-single-keys'

export const keys: readonly (readonly [keys: string, what: string])[] = [
  ...pages.map(({ key, label }) => [`g ${key}`, label] as const),
  ['/', 'search, commands'],
  ['Ctrl K', 'the same'],
  ['j k', 'row below, row above'],
  ['↵', 'open the row'],
  ['Esc', 'close the call'],
  ['p', 'pause, go on'],
  ['t', 'theme'],
  ['Ctrl ↵', 'send'],
  ['?', 'keys'],
]

interface Acts {
  open(dialog: 'palette' | 'help'): void
  changeTheme(): void
  toggleLive(): void
  closeCall(): void
}

/** Listens to the keys. Single keys rest while one types or a dialog is open, and can be switched off. */
export function useKeys(acts: Acts) {
  const [single, setSingle] = useState(() => sessionStorage.getItem(singleKey) !== 'off')
  const waiting = useRef(Number.NEGATIVE_INFINITY)
  // Before the next key: a switch that is off holds at once.
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, target } = event
      if ((ctrlKey || metaKey) && key === 'k') {
        event.preventDefault()
        acts.open('palette')
        return
      }
      // The search has closed itself by now if the key chose something.
      const isCovered = event.defaultPrevented || document.querySelector('dialog[open]') !== null
      if ((ctrlKey || metaKey) && key === 'Enter' && !isCovered) {
        document.querySelector<HTMLFormElement>('form[data-send]')?.requestSubmit()
        return
      }
      const isTyping = target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
      if (ctrlKey || metaKey || altKey || isTyping || isCovered) return
      if (key === 'Escape') acts.closeCall()
      if (!single) return
      if (performance.now() - waiting.current < patience) {
        waiting.current = Number.NEGATIVE_INFINITY
        const page = pages.find(one => one.key === key)
        if (page !== undefined) {
          location.hash = `#/${page.id}`
          return
        }
      }
      if (key === 'g') waiting.current = performance.now()
      else if (key === '/') {
        event.preventDefault()
        acts.open('palette')
      } else if (key === '?') acts.open('help')
      else if (key === 't') acts.changeTheme()
      else if (key === 'p') acts.toggleLive()
      else if (key === 'j' || key === 'k') moveRow(key === 'j' ? 1 : -1)
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [acts.open, acts.changeTheme, acts.toggleLive, acts.closeCall, single])
  return {
    single,
    setSingle: (on: boolean) => {
      sessionStorage.setItem(singleKey, on ? 'on' : 'off')
      setSingle(on)
    },
  }
}

/** Moves the focus along the links that begin the rows of the page. */
function moveRow(step: number): void {
  const stops = [...document.querySelectorAll<HTMLElement>('main table.rows tbody th a')]
  const at = stops.indexOf(document.activeElement as HTMLElement)
  stops[Math.max(0, Math.min(stops.length - 1, at + step))]?.focus()
}
