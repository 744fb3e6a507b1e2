import type { IncomingMessage, ServerResponse } from 'node:http'
import { ActiveCall, type CallInit } from '../../../core/active-call.js'
import { Headers } from '../../../core/headers.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { canceledByClient, clientDisconnected } from '../../failures.js'
import type { Holder } from '../../http1/server/running-handlers.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { metadataOf } from '../metadata.js'
import { type RequestHead, readRequestHead } from './request-head.js'

/** The error of a call whose response was closed. Over HTTP/2 a client can cancel it; over HTTP/1.1 it can only close the connection. */
export function closedBy(response: ServerResponse & { readonly isCanceled?: boolean }, path: string): RpcError {
  return response.isCanceled ? canceledByClient(path) : clientDisconnected(path)
}

/** A call whose headers are parsed on demand. */
export class ServedCall extends ActiveCall {
  private holder: Holder | undefined = undefined
  /** Writes the head of a streamed response, whose status is always 200. */
  writesHead: (() => void) | undefined = undefined

  constructor(
    init: CallInit,
    private readonly raw: readonly string[],
  ) {
    super(init)
  }

  /** Called once, before its handler is called. */
  hold(holder: Holder): void {
    holder.hold()
    this.holder = holder
  }

  override sendHeaders(): void {
    this.writesHead?.()
  }

  override settled(): void {
    this.holder?.release()
  }

  protected override parseHeaders(): Headers {
    return Headers.adopt(metadataOf(this.raw))
  }
}

/** What all requests of one server share. */
export interface Serving {
  readonly router: Router
  readonly settings: ServerSettings
}

/** One HTTP request, its parsed head and its response. */
export interface Exchange extends Serving {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly head: RequestHead
  /** Whether a route of REST has the request, so that errors are problems. */
  readonly isRest: boolean
}

export function exchangeOf(serving: Serving, request: IncomingMessage, response: ServerResponse): Exchange {
  const { router, settings } = serving
  return { router, settings, request, response, head: readRequestHead(request.rawHeaders), isRest: false }
}

/** The number of attempts before this one, as the client says; 0 if it says nothing valid. */
export function previousAttempts(head: RequestHead): number {
  const value = Number(head.previousAttempts)
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}
