import type { Router } from '../protocols/protocol.js'
import type { HealthChecks } from './health-checks.js'
import { type Page, type PageMaker, textPage } from './http-pages.js'

/** What decides whether a server is ready. */
export interface Readiness {
  readonly router: Router
  readonly checks: HealthChecks
  /** Whether another process that serves the same is ready. Never rejects. Undefined: there is none. */
  readonly isReadyElsewhere: (() => Promise<boolean>) | undefined
}

/**
 * What orchestrators ask for. `/healthz` answers as long as the process runs; restarting it would not mend a database. `/readyz` answers
 * 503 while a check fails, and from the moment at which the server begins to close, so that it gets no new calls. One of several workers
 * answers 200 if any of them is ready, because the probe meant the port that they share.
 */
export function healthPages(readiness: Readiness): [string, PageMaker][] {
  return [
    ['/healthz', () => textPage(200, 'ok')],
    ['/readyz', () => readyPage(readiness)],
  ]
}

async function readyPage({ router, checks, isReadyElsewhere }: Readiness): Promise<Page> {
  const results = Object.fromEntries(await checks.results())
  const isReadyHere = !router.leaving && Object.values(results).every(Boolean)
  const ready = isReadyHere || (await isReadyElsewhere?.()) === true
  const status = ready ? 'ready' : router.leaving ? 'draining' : 'not ready'
  const shown = Object.fromEntries(Object.entries(results).map(([name, passes]) => [name, passes ? 'ok' : 'failing']))
  return {
    status: ready ? 200 : 503,
    contentType: 'application/json',
    body: JSON.stringify({ status, checks: shown }),
  }
}
