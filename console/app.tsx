import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ServerView } from '../src/console/server-views.js'
import type { ClientsView, ConfigView, MethodView, Overview, Range, Shell, Tree } from '../src/console/views.js'
import { ClientsPage } from './clients.js'
import { ConfigPage } from './config.js'
import { clock } from './format.js'
import { Help } from './help.js'
import { useKeys } from './keys.js'
import { ApiError, type Live, setToken, useLive, useTree } from './live.js'
import { Head } from './marks.js'
import { MethodPage } from './method.js'
import { OverviewPage } from './overview.js'
import { pages } from './pages.js'
import { Palette } from './palette.js'
import { useRange } from './range.js'
import { hrefOf, type Route, replaceQuery, routeNow, useRoute } from './route.js'
import { ServerPage } from './server.js'
import { Side } from './side.js'
import { nextTheme } from './theme.js'
import { TryPage } from './try.js'

/** What the API is asked for, for a page. */
function pathOf({ page, name, side, query: given }: Route, range: Range): string {
  const find = given.get('find')
  const query = new URLSearchParams({ range, ...(side !== undefined && { side }), ...(find !== null && { find }) })
  if (page === 'method') return name === '' ? 'shell' : `method/${name}?${query}`
  if (page === 'config') return find === null ? page : `config?${new URLSearchParams({ find })}`
  if (page === 'clients' || page === 'server') return page
  return page === 'try' ? 'shell' : `overview?${query}`
}

export function App() {
  const route = useRoute()
  const [range, setRange] = useRange(route)
  const [isLive, setLive] = useState(true)
  const [dialog, setDialog] = useState<'palette' | 'help' | undefined>()
  const [said, say] = useToast()
  const live = useLive<Shell>(pathOf(route, range), `${route.page} ${route.side} ${route.name}`, isLive)
  const last = useRef<Shell | undefined>(undefined)
  if (live.data !== undefined) last.current = live.data
  const shell = live.data ?? last.current
  const tree = useTree(shell)
  const changeTheme = useCallback(() => say(`Theme: ${nextTheme()}`), [say])
  const search = useCallback(() => setDialog('palette'), [])
  const toggleLive = useCallback(() => setLive(one => !one), [])
  const { single, setSingle } = useKeys({ open: setDialog, changeTheme, toggleLive, closeCall })
  useFirstMethod(route, tree)
  useSide(route, tree)
  useTitle(route, shell)
  const main = useFocusOnPage(route)
  return (
    <>
      <button class="skip" type="button" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <svg class="defs" aria-hidden="true" focusable="false" width="0" height="0">
        <defs>
          <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line class="hatch-line" x1="0" y1="0" x2="0" y2="5" />
          </pattern>
        </defs>
      </svg>
      <Side
        route={route}
        shell={shell}
        tree={tree}
        isDown={live.error !== undefined}
        isLive={isLive}
        open={setDialog}
        changeTheme={changeTheme}
        toggleLive={toggleLive}
      />
      <main id="main" tabIndex={-1} ref={main}>
        <Trouble live={live} shell={shell} isLive={isLive} />
        <div class={live.error !== undefined && live.data !== undefined ? 'stale' : ''}>
          <Page route={route} live={live} tree={tree} range={range} setRange={setRange} search={search} say={say} />
        </div>
      </main>
      <div class="toast" role="status" aria-live="polite">
        {said}
      </div>
      {dialog === 'palette' && (
        <Palette
          tree={tree}
          close={() => setDialog(undefined)}
          acts={{ changeTheme, toggleLive, help: () => setDialog('help') }}
        />
      )}
      {dialog === 'help' && <Help single={single} setSingle={setSingle} close={() => setDialog(undefined)} />}
    </>
  )
}

interface PageProps {
  readonly route: Route
  readonly live: Live<Shell>
  readonly tree: Tree
  readonly range: Range
  setRange(range: Range): void
  /** Opens the search. */
  search(): void
  say(text: string): void
}

/** The page of a route. Its data has the shape of what `pathOf` asks for. */
function Page({ route, live, tree, range, setRange, search, say }: PageProps) {
  const { data } = live
  if (route.page === 'try') return <TryPage route={route} tree={tree} search={search} say={say} />
  if (data === undefined) return live.error === undefined ? <Loading /> : null
  switch (route.page) {
    case 'method':
      return route.name === '' ? (
        <Loading />
      ) : (
        <MethodPage
          key={`${route.side} ${route.name}`}
          data={data as MethodView}
          route={route}
          tree={tree}
          search={search}
          range={range}
          setRange={setRange}
        />
      )
    case 'clients':
      return <ClientsPage data={data as ClientsView} />
    case 'server':
      return <ServerPage data={data as ServerView} />
    case 'config':
      return <ConfigPage data={data as ConfigView} route={route} />
    default:
      return <OverviewPage data={data as Overview} route={route} range={range} setRange={setRange} />
  }
}

/** Grey rows, but only if the answer takes longer than a blink. */
function Loading() {
  const [isSlow, setSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 150)
    return () => clearTimeout(timer)
  }, [])
  if (!isSlow) return null
  return (
    <>
      <p class="vh" role="status">
        Loading
      </p>
      <table>
        <tbody>
          {[0, 1, 2, 3, 4, 5].map(row => (
            <tr key={row}>
              <td>
                <div class="skel w1" />
              </td>
              <td>
                <div class="skel w2" />
              </td>
              <td>
                <div class="skel w3" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

interface TroubleProps {
  readonly live: Live<Shell>
  readonly shell: Shell | undefined
  readonly isLive: boolean
}

function Trouble({ live, shell, isLive }: TroubleProps) {
  const { error, data, refresh } = live
  if (error === undefined) return null
  if (error instanceof ApiError && error.status === 401) return <TokenForm refresh={refresh} />
  if (error instanceof ApiError)
    return (
      <>
        <Head title="Not here" />
        <p class="lead">{error.message}</p>
      </>
    )
  return (
    <div class="banner" role="alert">
      <strong>The server does not answer.</strong>
      {data !== undefined && shell !== undefined && <span>Figures are those of {clock(shell.now).slice(0, 8)}.</span>}
      <span>{isLive ? 'Trying again every second.' : 'Paused: not trying again.'}</span>
      <button class="btn" type="button" onClick={refresh}>
        Try now
      </button>
    </div>
  )
}

function TokenForm({ refresh }: { refresh(): void }) {
  const [token, set] = useState('')
  return (
    <>
      <Head title="This console asks for its token" />
      <form
        class="bar"
        onSubmit={event => {
          event.preventDefault()
          setToken(token)
          refresh()
        }}
      >
        <label>
          <span>Token</span>
          <input
            class="in mono"
            type="password"
            autocomplete="off"
            value={token}
            onInput={({ currentTarget }) => set(currentTarget.value)}
          />
        </label>
        <button class="btn go" type="submit">
          Open
        </button>
      </form>
      <p class="hint gap">It is kept for this tab only.</p>
    </>
  )
}

function useToast(): [string, (text: string) => void] {
  const [said, set] = useState('')
  useEffect(() => {
    if (said === '') return
    const timer = setTimeout(() => set(''), 2500)
    return () => clearTimeout(timer)
  }, [said])
  return [said, set]
}

/** Closes the timeline that is open, if one is. */
function closeCall(): void {
  const now = routeNow()
  if (now.query.has('call')) replaceQuery(now, { call: undefined })
}

/** The address of a method says which side it is of, also if a link did not. */
function useSide({ page, name, side }: Route, tree: Tree): void {
  const found = page === 'method' && side === undefined ? tree.find(one => one.name === name)?.side : undefined
  useLayoutEffect(() => {
    const now = routeNow()
    // Whoever has gone on by then stays where he went.
    if (found !== undefined && now.page === 'method' && now.name === name) replaceQuery(now, { side: found })
  }, [found, name])
}

/** Methods without a name is the first one that there is. Whoever has gone on by then stays where he went. */
function useFirstMethod({ page, name }: Route, [first]: Tree): void {
  useLayoutEffect(() => {
    if ((page !== 'method' && page !== 'try') || name !== '' || first === undefined) return
    const now = routeNow()
    if (now.page === page && now.name === '') location.replace(hrefOf(page, first.name, { side: first.side }))
  }, [page, name, first?.name])
}

function useTitle({ page, name }: Route, shell: Shell | undefined): void {
  const shown = name === '' ? (pages.find(one => one.id === page)?.label ?? 'Overview') : (name.split('/')[1] ?? name)
  useEffect(() => {
    document.title = [shown, shell?.host, 'polywire'].filter(part => part !== undefined).join(' · ')
  }, [shown, shell?.host])
}

/** A change of the page moves the focus to it; a redraw never does. */
function useFocusOnPage({ page, name }: Route) {
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  useLayoutEffect(() => {
    if (isFirst.current) isFirst.current = false
    else {
      scrollTo(0, 0)
      main.current?.focus({ preventScroll: true })
    }
  }, [page, name])
  return main
}
