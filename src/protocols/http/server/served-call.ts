import type { IncomingMessage, ServerResponse } from 'node:http'
import { ActiveCall, type CallInit } from '../../../core/active-call.js'
import { Headers } from '../../../core/headers.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { canceledByClient, clientDisconnected } from '../../failures.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { metadataOf } from '../metadata.js'
import { type RequestHead, readRequestHead } from './request-head.js'

/** A response of HTTP/2, whose stream counts in `limits.callsPerConnection` as long as work for it goes on. */
interface Held {
  hold(): void
  release(): void
}

/** Why a call ends whose response has closed: a client of HTTP/2 can cancel it, one of HTTP/1.1 only close the connection. */
export function closedBy(response: ServerResponse & { readonly isCanceled?: boolean }, path: string): RpcError {
  return response.isCanceled ? canceledByClient(path) : clientDisconnected(path)
}

/** A call whose headers stay unread until somebody asks. */
export class ServedCall extends ActiveCall {
  private response: Partial<Held> | undefined = undefined
  /** Writes the head of a response whose status is known beforehand. */
  writesHead: (() => void) | undefined = undefined

  constructor(
    init: CallInit,
    private readonly raw: readonly string[],
  ) {
    super(init)
  }

  /** Its handler is about to be called. Once. */
  hold(response: ServerResponse & Partial<Held>): void {
    response.hold?.()
    this.response = response
  }

  override sendHeaders(): void {
    this.writesHead?.()
  }

  override settled(): void {
    this.response?.release?.()
  }

  protected override parseHeaders(): Headers {
    return Headers.adopt(metadataOf(this.raw))
  }
}

/** What every request of one server shares. */
export interface Serving {
  readonly router: Router
  readonly settings: ServerSettings
}

/** One HTTP request and its response, with what has been read of its head. */
export interface Exchange extends Serving {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly head: RequestHead
}

export function exchangeOf(serving: Serving, request: IncomingMessage, response: ServerResponse): Exchange {
  const { router, settings } = serving
  return { router, settings, request, response, head: readRequestHead(request.rawHeaders) }
}

/** Attempts that the client says came before this one; 0 where it says nothing readable. */
export function previousAttempts(head: RequestHead): number {
  const value = Number(head.previousAttempts)
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}
