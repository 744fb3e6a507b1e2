import type { IncomingMessage } from 'node:http'
import type { Expirable, Timer } from '../../../core/clock.js'
import { messageTooLarge } from '../../../core/limits.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { expiredOnArrival, requestBodyTimeout } from '../../failures.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import type { ServerSettings } from '../../protocol.js'

export interface BodyOptions {
  /** The method, or the URL's path where the method stands in the body. */
  readonly path: string
  /** Of the call; the body has at most `limits.bodyTimeout` of it. Default: none. */
  readonly deadline?: number
  /** Bytes; default: `limits.messageBytes`. */
  readonly most?: number | undefined
}

/** Collects a body that did not come with its head, within its time and its limit. The object is its own timer. */
export class BodyReader implements Expirable {
  private readonly body = new GatheredBytes()
  private timer: Timer | undefined = undefined
  private done: ((body: Uint8Array) => void) | undefined = undefined
  private failed: ((error: RpcError) => void) | undefined = undefined
  private readonly path: string
  private readonly deadline: number
  private readonly most: number

  constructor(
    private readonly request: IncomingMessage,
    private readonly settings: ServerSettings,
    { path, deadline = Number.POSITIVE_INFINITY, most = settings.limits.messageBytes }: BodyOptions,
  ) {
    this.path = path
    this.deadline = deadline
    this.most = most
  }

  /** Exactly one of the two is called, unless `stop` is, or the connection breaks. */
  read(done: (body: Uint8Array) => void, failed: (error: RpcError) => void): void {
    const { request } = this
    const { clock, limits } = this.settings
    this.done = done
    this.failed = failed
    this.timer = clock.schedule(Math.min(limits.bodyTimeout, this.deadline - clock.now()), this)
    request.on('data', this.take)
    request.once('end', this.end)
    // The connection broke; 'close' follows on the response, or the peer has already been refused.
    request.on('error', () => {})
  }

  stop(): void {
    this.timer?.cancel()
    this.request.off('data', this.take)
    this.request.off('end', this.end)
  }

  /** The body has not arrived in time. Called by the clock. */
  expire(): void {
    const { clock, limits } = this.settings
    const isExpired = clock.now() >= this.deadline
    this.fail(isExpired ? expiredOnArrival(this.path) : requestBodyTimeout(this.path, limits.bodyTimeout))
  }

  private readonly take = (chunk: Buffer): void => {
    if (this.body.length + chunk.byteLength > this.most) this.fail(messageTooLarge(this.settings.limits.messageBytes))
    else this.body.add(chunk)
  }

  private readonly end = (): void => {
    this.stop()
    this.done?.(this.body.all())
  }

  private fail(error: RpcError): void {
    this.stop()
    this.failed?.(error)
  }
}
