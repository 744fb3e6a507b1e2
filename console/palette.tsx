import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Tree } from '../src/console/views.js'
import { useModal } from './help.js'
import { type Acts, type Entry, entriesOf, useRunning } from './palette-entries.js'

interface Props {
  readonly tree: Tree
  readonly acts: Acts
  close(): void
}

const mostFound = 12

/** Finds pages, methods, endpoints, calls and commands by any part of their names. */
export function Palette({ tree, acts, close }: Props) {
  const dialog = useModal()
  const list = useRef<HTMLDivElement>(null)
  const [typed, setTyped] = useState('')
  const [cursor, setCursor] = useState(0)
  const named = useMemo(() => entriesOf(tree, acts), [tree])
  const entries = [...named, ...useRunning()]
  const words = typed.toLowerCase().split(/\s+/)
  const found = entries
    .filter(({ text, kind }) => words.every(word => text.toLowerCase().includes(word) || kind.includes(word)))
    .slice(0, mostFound)
  const at = Math.min(cursor, Math.max(0, found.length - 1))
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: 'nearest' }), [at])
  const run = (entry: Entry | undefined) => {
    dialog.current?.close()
    entry?.act()
  }
  return (
    <dialog id="palette" ref={dialog} aria-label="Search and commands" onClose={close}>
      <input
        class="palette-input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-activedescendant={found.length === 0 ? undefined : `o${at}`}
        aria-label="Search pages, methods, endpoints, calls and commands"
        placeholder="Method, endpoint, call, page, command"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={({ currentTarget }) => {
          setTyped(currentTarget.value)
          setCursor(0)
        }}
        onKeyDown={event => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
          if (step !== undefined && found.length > 0) {
            event.preventDefault()
            setCursor((at + step + found.length) % found.length)
          } else if (event.key === 'Enter') {
            event.preventDefault()
            run(found[at])
          }
        }}
      />
      <div id="palette-list" role="listbox" aria-label="Results" ref={list}>
        {found.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys
          <div
            key={`${index} ${entry.kind} ${entry.text}`}
            id={`o${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onClick={() => run(entry)}
          >
            <span>{entry.text}</span>
            <span>{entry.kind}</span>
          </div>
        ))}
        {found.length === 0 && (
          <div role="option" tabIndex={-1} aria-selected="false" aria-disabled="true">
            <span>Nothing of that name</span>
            <span />
          </div>
        )}
      </div>
    </dialog>
  )
}
