import type { Shell, Tree } from '../src/console/views.js'
import { span } from './format.js'
import { State } from './marks.js'
import { MethodTree } from './method-tree.js'
import { pages } from './pages.js'
import type { Route } from './route.js'

interface Props {
  readonly route: Route
  readonly shell: Shell | undefined
  readonly tree: Tree
  readonly isDown: boolean
  readonly isLive: boolean
  open(dialog: 'palette' | 'help'): void
  changeTheme(): void
  toggleLive(): void
}

/** The side: the process, the pages, and every method with a mark where one needs a look. */
export function Side({ route, shell, tree, isDown, isLive, open, changeTheme, toggleLive }: Props) {
  return (
    <header class={`side${isDown ? ' down' : ''}`}>
      <div class="brand">
        <a class="mark" href="#/overview">
          <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <g class="mark-wires">
              <path d="M4 10C9 10 10 3 18 3M4 10C10 10 11 7.7 18 7.7M4 10C10 10 11 12.3 18 12.3M4 10C9 10 10 17 18 17" />
            </g>
            <circle class="mark-dot" cx="4" cy="10" r="2.6" />
          </svg>
          <span>polywire</span>
        </a>
        <button
          class="icon"
          type="button"
          onClick={() => open('palette')}
          aria-label="Search and commands"
          title="Search and commands ( / )"
        >
          <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
            <path class="ico" d="M11 11l3.5 3.5M12.5 7a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0z" />
          </svg>
        </button>
        <button class="icon" type="button" onClick={changeTheme} aria-label="Change the theme" title="Theme ( t )">
          <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
            <circle class="ico" cx="8" cy="8" r="6.2" />
            <path class="ico-fill" d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" />
          </svg>
        </button>
      </div>
      <p class="who">
        <strong>{shell?.host ?? 'polywire'}</strong> <State name={isDown ? 'no answer' : stateOf(shell)} />
        <br />
        <span class="mono">{shell?.addresses[0] ?? ''}</span>{' '}
        {shell !== undefined && <span class="muted">up {span(shell.uptime)}</span>}
      </p>
      <nav class="nav" aria-label="Pages">
        {pages.map(({ id, label, key }) => (
          <a key={id} href={`#/${id}`} aria-current={id === route.page ? 'page' : undefined}>
            {label}
            <kbd>g {key}</kbd>
          </a>
        ))}
      </nav>
      <MethodTree route={route} tree={tree} attention={shell?.attention ?? []} search={() => open('palette')} />
      <p class="foot">
        <button class="link" type="button" onClick={toggleLive} aria-pressed={isLive}>
          <span class="pulse" aria-hidden="true" />
          <span>{isLive ? (isDown ? 'Waiting' : 'Live') : 'Paused'}</span>
        </button>{' '}
        <button class="link" type="button" onClick={() => open('help')}>
          Keys <kbd>?</kbd>
        </button>
      </p>
    </header>
  )
}

function stateOf(shell: Shell | undefined): string {
  if (shell === undefined) return 'connecting'
  if (shell.draining) return 'draining'
  return shell.ready ? 'ready' : 'not ready'
}
