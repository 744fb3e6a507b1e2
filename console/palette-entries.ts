import { useEffect, useState } from 'preact/hooks'
import type { CallRow, ClientsView, Tree } from '../src/console/views.js'
import { read } from './live.js'
import { pages } from './pages.js'
import { hrefOf } from './route.js'

export interface Acts {
  changeTheme(): void
  toggleLive(): void
  help(): void
}

/** Something that the palette finds. */
export interface Entry {
  readonly text: string
  readonly kind: string
  act(): void
}

/** What is there as long as the page is. */
export function entriesOf(tree: Tree, acts: Acts): readonly Entry[] {
  return [
    ...pages.map(({ id, label, key }) => ({ text: label, kind: `page, g ${key}`, act: go(`#/${id}`) })),
    ...tree.map(({ name, side }) => ({
      text: name,
      kind: `method, ${side}`,
      act: go(hrefOf('method', name, { side })),
    })),
    ...tree.map(({ name, side }) => ({ text: `Try ${name}`, kind: side, act: go(hrefOf('try', name, { side })) })),
    { text: 'Change the theme', kind: 'command, t', act: acts.changeTheme },
    { text: 'Pause or go on', kind: 'command, p', act: acts.toggleLive },
    { text: 'Keys', kind: 'command, ?', act: acts.help },
  ]
}

/** Endpoints and kept calls as they were when the palette opened; none until they are read. */
export function useRunning(): readonly Entry[] {
  const [entries, setEntries] = useState<readonly Entry[]>([])
  useEffect(() => {
    const leaving = new AbortController()
    const { signal } = leaving
    // What cannot be read is not found; the page itself says that the server does not answer.
    const reads = [
      read<ClientsView>('clients', signal).then(endpointEntries),
      read<readonly CallRow[]>('calls', signal).then(callEntries),
    ]
    for (const found of reads)
      found.then(
        more => setEntries(before => [...before, ...more]),
        () => {},
      )
    return () => leaving.abort()
  }, [])
  return entries
}

function endpointEntries({ channels }: ClientsView): Entry[] {
  return channels.flatMap(({ services, endpoints }) =>
    endpoints.map(({ address, state, circuits }) => {
      const circuit = circuits.find(one => one.state !== 'closed')?.state
      const how = circuit === undefined ? state : `circuit ${circuit}`
      return { text: `${address} ${services.join(', ')}`, kind: `endpoint, ${how}`, act: go('#/clients') }
    }),
  )
}

function callEntries(calls: readonly CallRow[]): Entry[] {
  return calls.map(({ key, id, name, side, code }) => ({
    text: `${id} ${name}`,
    kind: `call, ${code}`,
    act: go(hrefOf('method', name, { side, call: String(key) })),
  }))
}

function go(href: string): () => void {
  return () => {
    location.hash = href
  }
}
