import { createServer, type Server as HttpServer } from 'node:http'
import { misuse } from '../core/rpc-error.js'
import { contentTypes, type ExpositionFormat } from '../telemetry/exposition.js'
import { Metrics } from '../telemetry/metrics.js'
import { type PageMaker, textPage, withPages } from './http-pages.js'
import { listen } from './listen.js'

/** Where metrics are served. */
export interface MetricsOptions {
  /** The path; default `/metrics`. */
  readonly path?: string
  /** A port for metrics alone, which callers of the server cannot reach; 0: any free one. Default: the server's own HTTP. */
  readonly port?: number
  /** The host of `port`; default `127.0.0.1`. */
  readonly host?: string
  /** What counts the calls, to share it with clients of this process. Default: a new one. */
  readonly source?: Metrics
}

/** The metrics of one server. */
export interface ServerMetrics {
  readonly source: Metrics
  /** Writes the page. */
  readonly text: (format: ExpositionFormat) => Promise<string>
  readonly path: string
  readonly port: number | undefined
  readonly host: string
  /** Whether another process serves them, on `port`. Default false. */
  readonly isServedElsewhere?: boolean
}

/** @throws RpcError `failed_precondition` (`invalid_listener`) if the path does not begin with a slash */
export function metricsOf(option: boolean | MetricsOptions | undefined): ServerMetrics | undefined {
  if (option === undefined || option === false) return undefined
  const { path = '/metrics', port, host = '127.0.0.1', source = new Metrics() } = option === true ? {} : option
  if (!path.startsWith('/'))
    throw misuse('invalid_listener', `metrics.path must begin with a slash, got ${JSON.stringify(path)}`)
  return { source, text: format => textOf(source, format), path, port, host }
}

/** The page in the format that its reader prefers. */
export function metricsPage({ text }: Pick<ServerMetrics, 'text'>): PageMaker {
  return async ({ headers }) => {
    const format = String(headers.accept).includes('application/openmetrics-text') ? 'openmetrics' : 'text'
    return { status: 200, contentType: contentTypes[format], body: await text(format) }
  }
}

/** Samples that are written without a pause, about a millisecond's. */
const samplesAtOnce = 200

/** Lets calls run in between: the samples of 10,000 methods take a second. */
async function textOf(source: Metrics, format: ExpositionFormat): Promise<string> {
  let text = ''
  let written = 0
  for (const part of source.samples(format)) {
    text += part
    if (++written % samplesAtOnce === 0) await new Promise(setImmediate)
  }
  return text
}

/** Serves the metrics on their own port. @throws Node's own error if the port is not available */
export async function listenForScrapes(metrics: Omit<ServerMetrics, 'source'>): Promise<HttpServer> {
  const pages = new Map([[metrics.path, metricsPage(metrics)]])
  const server = createServer(
    withPages(pages, (_request, response) => {
      const { status, body } = textPage(404, `metrics are at ${metrics.path}`)
      response.statusCode = status
      response.end(body)
    }),
  )
  await listen(server, { host: metrics.host, port: metrics.port ?? 0 })
  // Scrapes alone do not keep the process alive.
  server.unref()
  return server
}
