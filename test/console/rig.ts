import { once } from 'node:events'
import { request as ask } from 'node:http'
import type { ExecutionContext } from 'ava'
import type { TrialEvent } from '../../src/console/trial-views.js'
import { type HostingOptions, serve } from '../../src/hosting/serve.js'
import type { Server } from '../../src/server/running-server.js'
import { Orders } from './contract.js'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A server with a console. It listens on HTTP and gRPC alone, so that every kind of method can be served. */
export async function withConsole(t: ExecutionContext, options: HostingOptions = {}): Promise<Server> {
  const server = await serve([Orders], { protocols: ['grpc', 'http'], console: true, report: () => {}, ...options })
  t.teardown(() => server.close())
  return server
}

/** One request on a connection of its own. Unlike `fetch` it sends any Host. */
export function http(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const sent = ask(url, { method, agent: false, headers: { ...type, ...headers } }, reply => {
      let text = ''
      reply.setEncoding('utf8')
      reply.on('data', chunk => {
        text += chunk
      })
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text }))
      reply.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

export async function json<T>(url: string, asked?: Asked): Promise<T> {
  const { status, text } = await http(url, asked)
  if (status !== 200) throw new Error(`${url}: ${status} ${text}`)
  return JSON.parse(text) as T
}

/** The events of a call that the console makes. */
export async function tried<T>(server: Server, body: unknown): Promise<T[]> {
  const { text } = await http(`${server.consoleUrl}api/call`, { method: 'POST', body })
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as T)
}

/** A call whose requests follow one by one. */
export async function opened(url: string, body: object) {
  const waiting: ((event: TrialEvent) => void)[] = []
  const come: TrialEvent[] = []
  const sent = ask(`${url}api/call`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json' },
  })
  sent.end(JSON.stringify(body))
  sent.on('error', () => {})
  sent.on('response', reply => {
    let rest = ''
    reply.setEncoding('utf8')
    reply.on('error', () => {})
    reply.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const event = JSON.parse(line) as TrialEvent
        const next = waiting.shift()
        if (next === undefined) come.push(event)
        else next(event)
      }
    })
  })
  const ended = once(sent, 'response').then(([reply]) => once(reply, 'end'))
  ended.catch(() => {})
  const next = () => {
    const event = come.shift()
    return event === undefined ? new Promise<TrialEvent>(resolve => waiting.push(resolve)) : Promise.resolve(event)
  }
  return { next, ended, leave: () => sent.destroy() }
}
