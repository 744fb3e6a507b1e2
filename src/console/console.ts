import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { CallObserver } from '../core/call-observer.js'
import { misuse } from '../core/rpc-error.js'
import { serviceOf } from '../decorators/read-service.js'
import type { Class } from '../schema/type.js'
import type { Served } from '../server/instances.js'
import { listen } from '../server/listen.js'
import type { Server } from '../server/running-server.js'
import { reportOf, type ServeOptions } from '../server/serve-options.js'
import { offersReflection } from '../server/standard-services.js'
import type { ConsoleServer } from '../server/start-server.js'
import { CallHistory } from '../telemetry/call-history.js'
import { Access } from './access.js'
import { ConsoleApi, sendJson } from './api.js'
import { HttpError } from './http-error.js'
import { type ConsoleOptions, checkConsole } from './options.js'
import { PageFiles } from './page-files.js'
import { Scene } from './scene.js'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const headers: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** The console of one server: access, static files and JSON, over the server's own HTTP or on a port of its own. */
export class Console implements ConsoleServer {
  readonly observers: readonly CallObserver[]
  private readonly path: string
  private readonly access: Access
  private readonly files: PageFiles
  private readonly api: ConsoleApi
  private readonly isSecure: boolean
  private readonly report: (error: unknown) => void
  private server: Server | undefined
  private ownServer: HttpServer | undefined

  /** @throws RpcError `failed_precondition` if an option is invalid */
  constructor(
    services: readonly Served[],
    serveOptions: ServeOptions,
    private readonly options: ConsoleOptions,
  ) {
    checkConsole(options)
    const { calls = new CallHistory(serveOptions.clock === undefined ? {} : { clock: serveOptions.clock }) } = options
    const { policies, config, listeners = [] } = serveOptions
    const given = { ...(policies !== undefined && { policies }), ...(config !== undefined && { config }) }
    const schemas = services.map(one => serviceOf((typeof one === 'function' ? one : one.constructor) as Class<object>))
    const reflects = offersReflection(serveOptions)
    const scene = new Scene({ calls, services: schemas, given, reflects }, () => this.running())
    const hasUnixSocket = [serveOptions, ...listeners].some(({ path }) => path !== undefined)
    this.isSecure = (listeners[0] ?? serveOptions).tls !== undefined
    this.observers = [calls]
    this.path = options.path ?? '/_polywire/'
    this.access = new Access({ ...options, hasUnixSocket })
    this.files = new PageFiles()
    this.report = reportOf(serveOptions)
    this.api = new ConsoleApi(scene, this.isSecure)
  }

  /** Begins to answer for a server that runs now. @returns the URL for a browser on this machine; undefined if it listens nowhere */
  async open(server: Server): Promise<string | undefined> {
    this.server = server
    const { port, host = '127.0.0.1' } = this.options
    if (port === undefined) {
      const [address] = server.addresses
      if (address === undefined || address.startsWith('unix:')) return undefined
      return `${this.isSecure ? 'https' : 'http'}://${address}${this.path}`
    }
    const own = createServer((request, response) => {
      if (this.answerHere(request, response) === undefined)
        sendJson(response, 404, { error: `the console is at ${this.path}` })
    })
    await listen(own, { host, port })
    // Readers alone do not keep the process alive.
    own.unref()
    this.ownServer = own
    const bound = own.address()
    const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
    return `http://${shown}:${typeof bound === 'object' ? bound?.port : port}${this.path}`
  }

  serve(request: IncomingMessage, response: ServerResponse): Promise<void> | undefined {
    return this.options.port === undefined ? this.answerHere(request, response) : undefined
  }

  owns(path: string): boolean {
    return this.options.port === undefined && `${path}/`.startsWith(this.path)
  }

  /** The server begins to close. Calls of the console would delay that; what it shows is watched until the end. */
  leave(): void {
    this.api.endCalls()
  }

  /** The server has closed. */
  async close(): Promise<void> {
    this.api.close()
    this.ownServer?.closeAllConnections()
    this.ownServer?.close()
  }

  private running(): Server {
    if (this.server === undefined) throw misuse('not_listening', 'console: the server has not started yet')
    return this.server
  }

  private answerHere(request: IncomingMessage, response: ServerResponse): Promise<void> | undefined {
    const { url = '' } = request
    const at = url.indexOf('?')
    const path = at < 0 ? url : url.slice(0, at)
    if (`${path}/` === this.path) return redirect(this.path, response)
    if (!path.startsWith(this.path)) return undefined
    const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
    return this.answer(path.slice(this.path.length), query, request, response)
  }

  private async answer(
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    const isData = path.startsWith('api/')
    try {
      const denial = await this.access.deny(request, isData)
      if (denial !== undefined) {
        if (denial.status === 401) response.setHeader('www-authenticate', 'Bearer')
        sendJson(response, denial.status, { error: denial.message })
      } else if (isData) await this.api.answer(decoded(path.slice('api/'.length)), query, request, response)
      else if (request.method !== 'GET' && request.method !== 'HEAD') sendJson(response, 405, { error: 'send GET' })
      else if (!this.files.serve(path, request, response)) sendJson(response, 404, { error: 'there is no such page' })
    } catch (error) {
      this.fail(response, error)
    }
  }

  /** What is wrong with a request is told. Anything else, such as a rule of the application that throws, is reported. */
  private fail(response: ServerResponse, error: unknown): void {
    if (!(error instanceof HttpError)) this.report(error)
    if (response.headersSent) {
      response.destroy()
      return
    }
    const { status, message } =
      error instanceof HttpError ? error : { status: 500, message: 'the request could not be answered' }
    sendJson(response, status, { error: message })
  }
}

/** @throws HttpError 400 */
function decoded(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    throw new HttpError(400, 'the path is not percent-encoded UTF-8')
  }
}

/** Relative, so that it holds behind a path prefix too. */
async function redirect(path: string, response: ServerResponse): Promise<void> {
  const [last = ''] = path.split('/').slice(-2)
  response.statusCode = 308
  response.setHeader('location', `${last}/`)
  response.end()
}
