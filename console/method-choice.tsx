import { useMemo } from 'preact/hooks'
import type { Side, Tree } from '../src/console/views.js'
import { hrefOf } from './route.js'

/** Methods of a list that one still scrolls. With more, the search chooses. */
const mostListed = 200

interface Props {
  readonly page: 'method' | 'try'
  readonly tree: Tree
  readonly name: string
  readonly side: Side
  search(): void
}

const groups = [
  ['served', 'Served here'],
  ['called', 'Called from here, by this process’s channel'],
] as const

/** Chooses the method of a page. */
export function MethodChoice({ page, tree, name, side, search }: Props) {
  // Drawn again only when it changes: a list may have hundreds of lines.
  return useMemo(() => {
    if (tree.length > mostListed)
      return (
        <button class="in mono as-select" type="button" aria-label={`Method: ${name}. Search another`} onClick={search}>
          {name}
        </button>
      )
    return (
      <select
        class="in mono"
        aria-label="Method"
        value={`${side} ${name}`}
        onChange={({ currentTarget: { value } }) => {
          const [chosenSide = '', chosen = ''] = value.split(' ')
          location.hash = hrefOf(page, chosen, { side: chosenSide })
        }}
      >
        {groups.map(([one, label]) => {
          const methods = tree.filter(method => method.side === one)
          return methods.length === 0 ? null : (
            <optgroup key={one} label={label}>
              {methods.map(method => (
                <option key={method.name} value={`${one} ${method.name}`}>
                  {method.name}
                </option>
              ))}
            </optgroup>
          )
        })}
      </select>
    )
  }, [page, tree, name, side, search])
}
