import { AsyncResource } from 'node:async_hooks'
import { ActiveCall, type CallInit } from '../../core/active-call.js'
import type { Headers, HeaderValue } from '../../core/headers.js'
import { IdTable } from '../../core/id-table.js'
import { misuse, type RpcError } from '../../core/rpc-error.js'
import { clientDisconnected } from '../failures.js'
import type { Router, ServerBinding, ServerSettings } from '../protocol.js'

/** The running servers by name. Each copy of polywire has its own directory. */
const servers = new Map<string, MemoryServer>()

/** A server that is reached by name within this process, and its calls. */
export class MemoryServer implements Pick<ServerBinding, 'drain' | 'destroy'> {
  /** Handlers run in the asynchronous context of the server, as over a socket: they do not see the caller's AsyncLocalStorage. */
  readonly context = new AsyncResource('polywire.memory')
  private readonly calls = new IdTable<ServedCall>()
  private begun = 0
  private idle: () => void = () => {}

  constructor(
    private readonly name: string,
    readonly router: Router,
    readonly settings: ServerSettings,
  ) {}

  /** @returns the number of the call */
  begin(call: ServedCall): number {
    this.calls.add(++this.begun, call)
    return this.begun
  }

  ended(call: ServedCall): void {
    this.calls.delete(call.number)
    if (this.calls.size === 0) this.idle()
  }

  /** Removes the name. Resolves when the calls in flight have ended. */
  drain(): Promise<void> {
    if (servers.get(this.name) === this) servers.delete(this.name)
    return this.calls.size === 0 ? Promise.resolve() : new Promise(resolve => (this.idle = resolve))
  }

  /** Cancels the calls in flight without waiting for them. */
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
  /** Whether the server closed while it ran: its caller sees a lost connection. */
  isCut = false
  /** The reply's headers if they were sent before the first message. */
  headersSent: HeaderValue[] | undefined = undefined
  /** Called when `headersSent` is set. */
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

  /** Ends the call for the server too: a handler that ignores the cancellation must not keep it from closing. */
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
      `memory://${name}: a server with that name is already running; close it first, or choose another name`,
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
