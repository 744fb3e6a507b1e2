import type { IncomingMessage, ServerResponse } from 'node:http'
import { RpcError } from '../core/rpc-error.js'
import { callDetail, callRow } from './call-rows.js'
import { clientsView } from './clients-view.js'
import { configView } from './config-view.js'
import { HttpError } from './http-error.js'
import { methodView } from './method-view.js'
import { overview } from './overview-view.js'
import type { Scene, SeenMethod } from './scene.js'
import { serverView } from './server-view.js'
import { shellView, tree } from './shell-view.js'
import { trialForm, wiresOf } from './trial-form.js'
import type { TrialRequest } from './trial-views.js'
import { Trials } from './trials.js'
import type { Range, Side } from './views.js'
import { VitalsWatch } from './vitals.js'

/** Bytes of a request's body. */
const mostBody = 16 * 1024 * 1024

interface Ask {
  readonly rest: string
  readonly range: Range
  readonly side: Side | undefined
  /** Words that the names of methods must contain. */
  readonly find: string
}

/** The JSON behind the console's pages, for the page and for curl. */
export class ConsoleApi {
  private readonly vitals = new VitalsWatch()
  private readonly trials: Trials
  private readonly reads: Readonly<Record<string, (ask: Ask) => unknown>>

  /** @param isSecure whether the server's first listener has TLS */
  constructor(
    private readonly scene: Scene,
    private readonly isSecure: boolean,
  ) {
    this.trials = new Trials(scene, isSecure)
    this.reads = {
      shell: () => shellView(scene),
      tree: () => tree(scene),
      overview: ({ range, find }) => overview(scene, this.vitals, { range, find }),
      method: ask => methodView(scene, this.method(ask), ask.range),
      calls: ({ rest }) => (rest === '' ? scene.calls.records().slice(0, 100).map(callRow) : this.call(rest)),
      clients: () => clientsView(scene),
      server: () => serverView(scene, this.vitals),
      config: ({ find }) => configView(scene, find),
      try: ask => trialForm(this.method(ask), wiresOf(scene, this.isSecure), scene.reflects),
    }
  }

  /**
   * @param path behind `api/`, such as `method/hello.Hello/SayHello`
   * @throws HttpError for what is wrong with the request
   */
  async answer(
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const at = path.indexOf('/')
    const [first, rest] = at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)]
    this.scene.calls.look()
    try {
      if (first === 'call') await this.post(rest, request, response)
      else
        this.get(
          first,
          { rest, range: rangeOf(query), side: sideOf(query), find: query.get('find') ?? '' },
          request,
          response,
        )
    } catch (error) {
      throw error instanceof RpcError ? new HttpError(400, error.message) : error
    }
  }

  /** Ends the calls that it makes, and makes no more. */
  endCalls(): void {
    this.trials.close()
  }

  close(): void {
    this.endCalls()
    this.vitals.stop()
  }

  private get(name: string, ask: Ask, { method }: IncomingMessage, response: ServerResponse): void {
    const read = Object.hasOwn(this.reads, name) ? this.reads[name] : undefined
    if (read === undefined) throw new HttpError(404, `there is ${Object.keys(this.reads).join(', ')} and call`)
    if (method !== 'GET' && method !== 'HEAD') throw new HttpError(405, 'send GET')
    sendJson(response, 200, read(ask))
  }

  private async post(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') throw new HttpError(405, 'send POST')
    // A page of another origin cannot send this type without asking first.
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      throw new HttpError(415, 'send content-type: application/json')
    const body = await bodyOf(request)
    if (id === '') return this.trials.answer(body as unknown as TrialRequest, response)
    this.trials.push(id, body)
    sendJson(response, 200, {})
  }

  private method({ rest, side }: Ask): SeenMethod {
    const seen = this.scene.find(rest, side)
    if (seen === undefined) throw new HttpError(404, `there is no method ${JSON.stringify(rest.slice(0, 200))} here`)
    return seen
  }

  private call(key: string) {
    const record = this.scene.calls.record(Number(key))
    if (record === undefined) throw new HttpError(404, 'this call is not kept any more')
    return callDetail(record, this.scene.calls)
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).byteLength
    if (size > mostBody) throw new HttpError(413, `the body is larger than ${mostBody} bytes`)
  }
  let body: unknown
  try {
    body = JSON.parse(Buffer.concat(chunks).toString())
  } catch (error) {
    throw new HttpError(400, `the body is not JSON: ${(error as Error).message}`)
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new HttpError(400, 'send a JSON object')
  return body as Record<string, unknown>
}

function rangeOf(query: URLSearchParams): Range {
  const range = query.get('range')
  return range === 'hour' || range === 'day' ? range : 'minute'
}

function sideOf(query: URLSearchParams): Side | undefined {
  const side = query.get('side')
  return side === 'served' || side === 'called' ? side : undefined
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response.statusCode = status
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.setHeader('content-length', Buffer.byteLength(body))
  response.end(body)
}
