import type { Router } from '../protocols/protocol.js'
import type { HealthChecks } from './health-checks.js'
import { type Page, type PageMaker, textPage } from './http-pages.js'

/**
 * What orchestrators ask for. `/healthz` answers as long as the process runs; restarting it would not mend a database. `/readyz` answers
 * 503 while a check fails, and from the moment at which the server begins to close, so that it gets no new calls.
 */
export function healthPages(router: Router, checks: HealthChecks): [string, PageMaker][] {
  return [
    ['/healthz', () => textPage(200, 'ok')],
    ['/readyz', () => readiness(router, checks)],
  ]
}

async function readiness(router: Router, checks: HealthChecks): Promise<Page> {
  const results = Object.fromEntries(await checks.results())
  const ready = !router.leaving && Object.values(results).every(Boolean)
  const status = router.leaving ? 'draining' : ready ? 'ready' : 'not ready'
  const shown = Object.fromEntries(Object.entries(results).map(([name, passes]) => [name, passes ? 'ok' : 'failing']))
  return {
    status: ready ? 200 : 503,
    contentType: 'application/json',
    body: JSON.stringify({ status, checks: shown }),
  }
}
