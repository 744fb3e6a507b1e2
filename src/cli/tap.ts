import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import type { Server } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { isSecure as isSecureScheme } from '../client/chosen-protocol.js'
import { streamsIn, streamsOut } from '../core/call.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { RpcError } from '../core/rpc-error.js'
import { builtInProtocols } from '../protocols/built-in.js'
import { placeOf as addressIn } from '../protocols/open-socket.js'
import type { ServiceSchema } from '../schema/service.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { contractFor } from './contract.js'
import { methodsNamed } from './find-method.js'
import { systemFault } from './system-fault.js'
import { AvroProtocols } from './tap/avro-protocols.js'
import { Contents } from './tap/contents.js'
import { lineOf, recordOf, type ShownCall } from './tap/lines.js'
import { type RelayOptions, relay } from './tap/relay.js'
import type { SeenCall } from './tap/seen.js'
import { Sums } from './tap/sums.js'
import { addressOf, placeOf } from './target.js'
import type { Terminal } from './terminal.js'
import { tlsOf } from './tls-files.js'
import { keyLog } from './watched-sockets.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [listen, target, ...others] = typed.positionals
  if (listen === undefined || target === undefined || others.length > 0)
    throw new CliError('tap takes LISTEN TARGET', { hint: 'polywire help tap' })
  const shows = filterOf(typed)
  const { to, ...tls } = endsOf(target, typed)
  const services = await servicesOf(target, typed, terminal)
  const contents =
    services !== undefined && wantsMessages(typed)
      ? new Contents(services, { showsSecrets: typed.has('show-secrets') })
      : undefined
  const file = await recordFile(typed)
  const sums = new Sums()
  // Lines come in the order in which calls ended, though messages may have to be decompressed.
  let printed = Promise.resolve()
  const server = relay(
    { target: to, ...tls, onKeys: keyLog(), reading: { contents, protocols: new AvroProtocols() } },
    {
      call(seen, peer) {
        const call = { ...seen, method: pathOf(seen.method, services) }
        sums.add(call)
        const at = new Date()
        const ms = performance.now() - call.began
        if (!shows(call, ms)) return
        printed = printed.then(async () => {
          const shown: ShownCall = {
            call,
            at,
            ms,
            peer,
            ...streamsOf(call, services),
            messages: await call.messages?.(),
          }
          if (wantsMessages(typed)) sums.addFrames(shown)
          await file?.write(`${recordOf(shown, typed)}\n`)
          await terminal.out(lineOf(shown, typed, terminal))
        })
      },
      unread: () => sums.unreadConnections++,
      refused: error => terminal.err(`warn: ${to} cannot be reached: ${systemFault(error)}\n`),
      untrusted: error => terminal.err(`warn: a client ended TLS: ${error.message}\n`),
    },
  )
  server.on('connection', () => sums.connections++)
  const { signal } = terminal
  const at = await listening(server, addressOf(listen, listen))
  if (!terminal.isQuiet) terminal.err(`tap on ${at} for ${to}; Ctrl-C ends it\n`)
  await ended(server, signal)
  await printed
  await file?.close()
  if (!terminal.isQuiet) terminal.err(sums.text(services !== undefined))
  return exits.interrupted
}

function wantsMessages(typed: Typed): boolean {
  return typed.has('verbose') || typed.valueOf('record') !== undefined
}

/** The contract of --contract. To read messages, the target is asked for it, and without one they are left out. */
async function servicesOf(
  target: string,
  typed: Typed,
  terminal: Terminal,
): Promise<readonly ServiceSchema[] | undefined> {
  if (typed.valuesOf('contract').length > 0) return (await contractFor(undefined, typed)).services
  if (!wantsMessages(typed)) return undefined
  try {
    return (await contractFor(await placeOf(target, typed), typed)).services
  } catch (error) {
    if (!(error instanceof CliError) && !(error instanceof RpcError)) throw error
    terminal.err(`warn: messages are not read without a contract; give --contract. ${error.message}\n`)
    return undefined
  }
}

/** Thrift and Avro send bare names. A contract tells the service of those that one service has. */
function pathOf(name: string, services: readonly ServiceSchema[] = []): string {
  const [found, ...others] = methodsNamed(name, services)
  return found === undefined || others.length > 0 ? name : found.method.path.slice(1)
}

function streamsOf({ method }: SeenCall, services: readonly ServiceSchema[] = []) {
  const [found] = methodsNamed(method, services)
  return {
    streamsIn: found !== undefined && streamsIn(found.method),
    streamsOut: found !== undefined && streamsOut(found.method),
  }
}

/** The address of the target, and TLS on both sides. @throws CliError */
function endsOf(text: string, typed: Typed): { readonly to: string } & Pick<RelayOptions, 'listenTls' | 'targetTls'> {
  const [, scheme, bare = ''] = /^(?:([a-z][a-z0-9]*)(?::\/\/|\+(?=unix:)))?(.*)$/s.exec(text) ?? []
  const isSecure = scheme !== undefined && builtInProtocols.some(protocol => isSecureScheme(protocol, scheme))
  const to = addressOf(isSecure && !/^unix:|:\d+$/.test(bare) ? `${bare}:443` : bare, text)
  const { cert, key, ca, serverName, insecure } = tlsOf(typed) ?? {}
  const listenTls =
    cert === undefined || key === undefined ? undefined : ({ cert, key } as NonNullable<RelayOptions['listenTls']>)
  // Without a scheme the target speaks what the clients speak.
  const isTls = isSecure || (scheme === undefined && listenTls !== undefined)
  const targetTls: ConnectionOptions = {
    ...(ca === undefined ? {} : { ca: ca as Buffer }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
  }
  return { to, listenTls, targetTls: isTls ? targetTls : undefined }
}

async function recordFile(typed: Typed): Promise<FileHandle | undefined> {
  const path = typed.valueOf('record')
  if (path === undefined) return undefined
  try {
    return await open(path, 'w')
  } catch (error) {
    throw new CliError(`--record ${path} cannot be written: ${systemFault(error)}`)
  }
}

/** @returns its address. @throws CliError if it cannot listen there */
async function listening(server: Server, address: string): Promise<string> {
  const place = addressIn(address, 0)
  try {
    server.listen(place)
    await once(server, 'listening')
  } catch (error) {
    throw new CliError(`tap cannot listen on ${address}: ${systemFault(error)}`)
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
