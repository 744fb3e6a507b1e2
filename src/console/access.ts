import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { ConsoleOptions } from './options.js'

/** Why a request is refused. */
export interface Denial {
  readonly status: 401 | 403
  readonly message: string
}

interface AccessRules extends Pick<ConsoleOptions, 'token' | 'authorize' | 'hosts'> {
  /** Whether the server listens on a Unix socket, whose clients have no address and are guarded by the file system. */
  readonly hasUnixSocket: boolean
}

/**
 * Decides who may use the console. Whatever the rules, a page of another origin may not: a browser would lend it the network of the reader.
 */
export class Access {
  private readonly hosts: ReadonlySet<string>
  private readonly digest: Buffer | undefined

  constructor(private readonly rules: AccessRules) {
    this.hosts = new Set((rules.hosts ?? []).map(host => host.toLowerCase()))
    this.digest = rules.token === undefined ? undefined : digestOf(rules.token)
  }

  /**
   * @param isData whether it asks for data or a call. The page itself has no secrets, and must load to ask for the token.
   * @returns undefined if it is allowed
   */
  async deny(request: IncomingMessage, isData: boolean): Promise<Denial | undefined> {
    const { token, authorize, hasUnixSocket } = this.rules
    if (!this.isOwnHost(request)) return forbidden(foreignHost(request))
    if (isData && isForeignOrigin(request))
      return forbidden('a page of another origin may not use the console; open it by its own address')
    if (token === undefined && authorize === undefined && !isLocal(request, hasUnixSocket))
      return forbidden(
        'only this machine can open the console; to open it to others, serve with { console: { token } } or { console: { authorize } }',
      )
    if (authorize !== undefined && !(await authorize(request)))
      return forbidden('console.authorize refused the request')
    if (isData && this.digest !== undefined && !this.hasToken(request))
      return { status: 401, message: "send the console's token: Authorization: Bearer <token>" }
    return undefined
  }

  private isOwnHost({ headers }: IncomingMessage): boolean {
    const name = hostName(headers.host)
    return name === 'localhost' || isIP(name) !== 0 || this.hosts.has(name)
  }

  private hasToken({ headers }: IncomingMessage): boolean {
    const given = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
    return given !== undefined && this.digest !== undefined && timingSafeEqual(digestOf(given), this.digest)
  }
}

function forbidden(message: string): Denial {
  return { status: 403, message }
}

function foreignHost({ headers }: IncomingMessage): string {
  const name = hostName(headers.host).slice(0, 100)
  return `the console is not reached as ${JSON.stringify(name)}; use an IP address or localhost, or list it in console.hosts`
}

/** The name in a Host header, without port and brackets, in lower case. */
function hostName(host: string | undefined): string {
  const text = (host ?? '').toLowerCase()
  if (text.startsWith('[')) return text.slice(1, text.indexOf(']'))
  return text.replace(/:\d*$/, '')
}

/** Whether a browser says that a page of another origin sent it. A proxy may rewrite Host, so the browser's own word counts first. */
function isForeignOrigin({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = headers
  if (origin === undefined) return false
  const shown = [headers.host, headers['x-forwarded-host']].map(host => String(host).toLowerCase())
  return !URL.canParse(origin) || !shown.includes(new URL(origin).host)
}

/** Whether it comes from this machine. What a proxy forwards comes from elsewhere. */
function isLocal({ socket, headers }: IncomingMessage, hasUnixSocket: boolean): boolean {
  if (headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined) return false
  const address = socket.remoteAddress
  // A connection that is gone has no address either.
  if (address === undefined) return hasUnixSocket && !socket.destroyed
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
