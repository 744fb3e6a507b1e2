import { type Duration, toMilliseconds } from '../core/duration.js'
import { misuse, type RpcError } from '../core/rpc-error.js'

/** Which pages of other origins may call a server from a browser (CORS). */
export interface CorsOptions {
  /** Their origins: `https://app.example.com`, `http://localhost:5173`. `'*'`: any page. */
  readonly origins: readonly string[]
  /** Whether pages may send cookies and client certificates. Needs named origins. Default false. */
  readonly credentials?: boolean
  /** How long a browser may remember the answer to a preflight. Default 2 hours, the most that Chromium keeps it. */
  readonly maxAge?: Duration
}

/** Refused origins that are remembered, so that a crowd of invented ones fills neither memory nor log. */
const mostRefused = 100

/** The rules of one server. Source: the Fetch standard, "CORS protocol". */
export class CorsRules {
  readonly isForAny: boolean
  readonly credentials: boolean
  /** Seconds. */
  readonly maxAge: string
  private readonly origins: ReadonlySet<string>
  private readonly refused = new Set<string>()

  /**
   * @param report receives each refused origin once
   * @throws RpcError `failed_precondition` (`invalid_cors`, `invalid_duration`)
   */
  constructor(
    { origins, credentials = false, maxAge = '2h', ...rest }: CorsOptions,
    private readonly report: (warning: string) => void,
  ) {
    for (const name of Object.keys(rest))
      throw invalid(`has no option ${JSON.stringify(name)}; it has origins, credentials, maxAge`)
    if (!Array.isArray(origins)) throw invalid("origins must be a list such as ['https://app.example.com']")
    this.isForAny = origins.includes('*')
    if (this.isForAny && credentials)
      throw invalid("credentials need named origins: replace '*' by the origins of your pages")
    for (const origin of origins) if (origin !== '*') mustBeOrigin(origin)
    this.origins = new Set(origins)
    this.credentials = credentials
    this.maxAge = String(Math.min(mostSeconds, Math.floor(toMilliseconds(maxAge, 'cors: maxAge') / 1000)))
  }

  /** Whether replies to different origins differ. */
  get varies(): boolean {
    return !this.isForAny && this.origins.size > 0
  }

  allows(origin: string): boolean {
    return this.isForAny || this.origins.has(origin)
  }

  /** Reports a refused origin, unless it did so before. @param origin as the browser sent it */
  refuse(origin: string, path: string): void {
    if (this.refused.has(origin) || this.refused.size >= mostRefused) return
    this.refused.add(origin)
    const shown = JSON.stringify(origin.slice(0, 200))
    const advice =
      origin === 'null'
        ? 'Sandboxed frames and local files have this origin; serve the page over HTTP'
        : `To allow it: serve(..., { cors: { origins: [${shown}] } })`
    this.report(
      `a page of origin ${shown} tried to call ${path}, and its browser will not give it the reply. ${advice}`,
    )
  }
}

/** A year. */
const mostSeconds = 31_536_000

function mustBeOrigin(origin: unknown): void {
  const url = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin) : undefined
  if (url !== undefined && url.origin === origin) return
  const shown = JSON.stringify(origin)
  if (origin === 'null')
    throw invalid('origins cannot contain "null": every sandboxed frame and local file has it, whoever wrote them')
  const meant = url === undefined || url.origin === 'null' ? 'https://app.example.com' : url.origin
  throw invalid(`${shown} is not an origin; write scheme, host and port only, such as ${JSON.stringify(meant)}`)
}

function invalid(message: string): RpcError {
  return misuse('invalid_cors', `cors: ${message}`)
}
