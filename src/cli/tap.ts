import { once } from 'node:events'
import type { Server } from 'node:net'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { placeOf } from '../protocols/open-socket.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { contractFor } from './contract.js'
import { shownHeader } from './headers.js'
import { relay } from './tap/relay.js'
import type { SeenCall } from './tap/seen.js'
import { addressOf } from './target.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [listen, target, ...others] = typed.positionals
  if (listen === undefined || target === undefined || others.length > 0)
    throw new CliError('tap takes LISTEN TARGET', { hint: 'polywire help tap' })
  const shows = filterOf(typed)
  const pathOf = await pathsIn(typed)
  const counts = { calls: 0, failed: 0, connections: 0, unread: 0 }
  const to = addressOf(target.replace(/^[a-z]+(?::\/\/|\+(?=unix:))/, ''), target)
  const server = relay(to, {
    call(seen, peer) {
      const call = { ...seen, method: pathOf(seen.method) }
      counts.calls++
      if (call.code !== 'ok') counts.failed++
      const ms = performance.now() - call.began
      if (shows(call, ms)) void terminal.out(lineOf(call, { ms, peer, typed, terminal }))
    },
    unread: () => counts.unread++,
    refused: error => terminal.err(`warn: ${to} cannot be reached: ${error.message}\n`),
  })
  server.on('connection', () => counts.connections++)
  const at = await listening(server, addressOf(listen, listen))
  if (!terminal.isQuiet) terminal.err(`tap on ${at} for ${to}; Ctrl-C ends it\n`)
  await ended(server, terminal.signal)
  const unread = counts.unread === 0 ? '' : `, ${counts.unread} unread`
  if (!terminal.isQuiet)
    terminal.err(`${counts.calls} calls, ${counts.failed} failed, ${counts.connections} connections${unread}\n`)
  return exits.interrupted
}

/** Thrift and Avro send bare names. A contract tells the service of those that one service has. */
async function pathsIn(typed: Typed): Promise<(name: string) => string> {
  if (typed.valuesOf('contract').length === 0) return name => name
  const { services } = await contractFor(undefined, typed)
  const paths = new Map<string, string>()
  for (const { name, path } of services.flatMap(({ methods }) => methods))
    paths.set(name, paths.has(name) ? name : path.slice(1))
  return name => paths.get(name) ?? name
}

/** @returns its address. @throws CliError if it cannot listen there */
async function listening(server: Server, address: string): Promise<string> {
  const place = placeOf(address, 0)
  try {
    server.listen(place)
    await once(server, 'listening')
  } catch (error) {
    throw new CliError(`tap cannot listen on ${address}: ${(error as Error).message}`)
  }
  const bound = server.address()
  return bound === null || typeof bound === 'string' ? address : `${bound.address}:${bound.port}`
}

/** Waits for Ctrl-C, and closes all connections. */
async function ended(server: Server, signal: AbortSignal): Promise<void> {
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  if (!signal.aborted) await once(signal, 'abort')
  server.close()
  for (const socket of sockets) socket.destroy()
}

function filterOf(typed: Typed): (call: SeenCall, ms: number) => boolean {
  const only = typed.valueOf('only')
  const pattern =
    only === undefined
      ? undefined
      : new RegExp(`(?:^|[./])${only.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
  const slower = typed.valueOf('slower')
  const least = slower === undefined ? 0 : toMilliseconds(slower as Duration, '--slower')
  return ({ method, code }, ms) =>
    (pattern?.test(method) ?? true) && ms >= least && (code !== 'ok' || !typed.has('failed'))
}

interface Shown {
  readonly ms: number
  readonly peer: string
  readonly typed: Typed
  readonly terminal: Terminal
}

function lineOf(call: SeenCall, { ms, peer, typed, terminal }: Shown): string {
  const { wire, method, code, requests, replies, sent, received } = call
  const at = new Date()
  const rounded = Math.round(ms * 10) / 10
  const headers = pairsOf(call.headers).map(([name, value]) => [name, shownHeader(name, value, typed)] as const)
  if (terminal.isJson) {
    const document = { at: at.toISOString(), wire, method, code, ms: rounded, requests, replies, sent, received }
    return `${JSON.stringify({ schema: 'polywire.tap/1', ...document, headers: Object.fromEntries(headers), peer })}\n`
  }
  const counts = [
    code,
    ...(requests > 1 ? [`${requests} requests`] : []),
    ...(replies > 1 ? [`${replies} replies`] : []),
  ].join(', ')
  const cells = [at.toTimeString().slice(0, 8), wire, method, counts, `${rounded} ms`, `${sent} B > ${received} B`]
  const below = typed.has('verbose') ? headers.map(([name, value]) => `    ${name}: ${value}\n`).join('') : ''
  if (terminal.width === undefined) return `${cells.join('\t')}\n${below}`
  const [time = '', , , , took = '', bytes = ''] = cells
  const shown = terminal.paint(code === 'ok' ? 'good' : 'bad', counts) + ' '.repeat(Math.max(0, 22 - counts.length))
  return `${time}  ${wire.padEnd(6)}  ${method.padEnd(28)}  ${shown}  ${took.padStart(10)}  ${bytes}\n${below}`
}

function pairsOf(fields: readonly string[]): (readonly [string, string])[] {
  return fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? ''] as const] : []))
}
