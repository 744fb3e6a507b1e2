import { AsyncResource } from 'node:async_hooks'
import { ActiveCall, type CallInit } from '../../core/active-call.js'
import type { Headers, HeaderValue } from '../../core/headers.js'
import { IdTable } from '../../core/id-table.js'
import { misuse, type RpcError } from '../../core/rpc-error.js'
import { clientDisconnected } from '../failures.js'
import type { Router, ServerBinding, ServerSettings } from '../protocol.js'

/** Only servers that run, by the name they were given: what ports are to sockets. Each copy of polywire has its own. */
const servers = new Map<string, MemoryServer>()

/** A server of this process that is reached by name, and the calls that it serves. */
export class MemoryServer implements Pick<ServerBinding, 'drain' | 'destroy'> {
  /** Handlers run in the asynchronous context of the server, as over a socket: what AsyncLocalStorage holds for a caller is not theirs. */
  readonly context = new AsyncResource('polywire.memory')
  private readonly calls = new IdTable<ServedCall>()
  private begun = 0
  private idle: () => void = () => {}

  constructor(
    private readonly name: string,
    readonly router: Router,
    readonly settings: ServerSettings,
  ) {}

  /** @returns the number by which it is known here */
  begin(call: ServedCall): number {
    this.calls.add(++this.begun, call)
    return this.begun
  }

  ended(call: ServedCall): void {
    this.calls.delete(call.number)
    if (this.calls.size === 0) this.idle()
  }

  /** Takes the name back; resolves when the calls that are under way have ended. */
  drain(): Promise<void> {
    if (servers.get(this.name) === this) servers.delete(this.name)
    return this.calls.size === 0 ? Promise.resolve() : new Promise(resolve => (this.idle = resolve))
  }

  /** Cancels what is under way, and waits for none of it. */
  destroy(): void {
    const calls = this.calls.values()
    this.calls.clear()
    for (const call of calls) {
      call.isCut = true
      call.cancel(clientDisconnected(call.method.path))
    }
    this.idle()
  }
}

/** A call as its server sees it. */
export class ServedCall extends ActiveCall {
  readonly number: number
  /** The server closed while it ran: to its caller the connection is lost. */
  isCut = false
  /** The reply's headers as they were sent before its first message; undefined where they were not. */
  headersSent: HeaderValue[] | undefined = undefined
  /** Hears of `headersSent`. */
  onHeaders: (() => void) | undefined = undefined

  constructor(
    init: CallInit,
    private readonly server: MemoryServer,
  ) {
    super(init)
    this.number = server.begin(this)
  }

  override sendHeaders(): void {
    this.headersSent ??= flat(this.replyHeadersIfAny)
    this.onHeaders?.()
  }

  /** Whoever called has its answer then; a handler that does not listen keeps no server from closing. */
  override cancel(reason: RpcError): void {
    super.cancel(reason)
    this.server.ended(this)
  }

  override finish(): void {
    super.finish()
    this.server.ended(this)
  }
}

/**
 * Makes a server reachable as `memory://<name>`.
 * @throws RpcError `failed_precondition` (`name_in_use`)
 */
export function publish(name: string, router: Router, settings: ServerSettings): MemoryServer {
  if (servers.has(name))
    throw misuse(
      'name_in_use',
      `memory://${name}: a server of that name runs already; close it first or choose another name`,
    )
  const server = new MemoryServer(name, router, settings)
  servers.set(name, server)
  return server
}

export function find(name: string): MemoryServer | undefined {
  return servers.get(name)
}

export function flat(headers: Headers | undefined): HeaderValue[] {
  return headers === undefined ? [] : ([...headers].flat() as HeaderValue[])
}
