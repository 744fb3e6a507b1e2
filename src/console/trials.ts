import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { ClientTrial } from './client-trial.js'
import { HttpError } from './http-error.js'
import { RestTrial } from './rest-trial.js'
import { routeViews } from './route-views.js'
import type { Scene } from './scene.js'
import type { Trial, TrialParts } from './trial.js'
import { rest, restWire, wiresOf } from './trial-form.js'
import type { TrialEvent, TrialRequest } from './trial-views.js'

/** Calls of the console at once. */
const mostTrials = 32

/** The calls that are being made from the console. Each is one answer of JSON lines, which lasts as long as its call. */
export class Trials {
  private readonly running = new Map<string, Trial>()
  private isClosed = false

  constructor(
    private readonly scene: Scene,
    private readonly isSecure: boolean,
  ) {}

  /** Makes a call and answers with its events. It ends when the call does; a reader that leaves cancels the call. */
  async answer(request: TrialRequest, response: ServerResponse): Promise<void> {
    if (this.isClosed) throw new HttpError(503, 'the server closes, so the console makes no more calls')
    if (this.running.size >= mostTrials)
      throw new HttpError(429, `the console makes ${mostTrials} calls at most at once`)
    const seen = this.scene.find(String(request.method), request.side)
    if (seen === undefined) throw new HttpError(404, `there is no method ${JSON.stringify(request.method)} here`)
    const trial = this.trial(request, { seen, calls: this.scene.calls, take: event => send(response, event) })
    if (this.running.has(trial.id)) throw new HttpError(409, `a call with the id ${trial.id} is under way`)
    this.running.set(trial.id, trial)
    response.on('close', () => trial.cancel())
    response.setHeader('content-type', 'application/x-ndjson')
    try {
      await trial.run()
    } finally {
      this.running.delete(trial.id)
      response.end()
    }
  }

  /** @throws HttpError if the server does not serve the method so */
  private trial(request: TrialRequest, parts: TrialParts): Trial {
    const { method, from } = parts.seen
    if (from !== undefined) return new ClientTrial(request, parts, undefined)
    const wires = wiresOf(this.scene, this.isSecure)
    if (request.wire === rest) {
      const wire = restWire(wires, method)
      const routes = routeViews(method)
      const at = request.route === undefined ? 0 : routes.findIndex(({ name }) => name === request.route)
      const [route, rule] = [routes[at], method.routes[at]]
      if (wire === undefined || route === undefined || rule === undefined)
        throw new HttpError(400, `the server does not serve this method by ${request.route ?? 'a route'}`)
      return new RestTrial(request, parts, { wire, route, rule })
    }
    const carrying = wires.filter(({ protocol }) => protocol.refuses(method) === undefined)
    const wire = request.wire === undefined ? carrying[0] : carrying.find(({ scheme }) => scheme === request.wire)
    if (wire === undefined)
      throw new HttpError(400, `the server does not serve this method over ${request.wire ?? 'any socket'}`)
    return new ClientTrial(request, parts, wire)
  }

  /** Sends a further request, or ends the requests. @throws HttpError if there is no such call */
  push(id: string, { message, end = false }: { readonly message?: unknown; readonly end?: boolean }): void {
    const trial = this.running.get(id)
    if (trial === undefined) throw new HttpError(404, 'the call has ended')
    if (message !== undefined) trial.push(message)
    if (end) trial.halfClose()
  }

  /** Ends all, and refuses further ones. */
  close(): void {
    this.isClosed = true
    for (const trial of this.running.values()) trial.cancel()
  }
}

async function send(response: ServerResponse, event: TrialEvent): Promise<void> {
  if (response.destroyed || response.writableEnded) return
  if (response.write(`${JSON.stringify(event)}\n`)) return
  const left = new AbortController()
  const signal = left.signal
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
  } finally {
    left.abort()
  }
}
