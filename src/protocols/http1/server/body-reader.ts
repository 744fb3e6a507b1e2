import type { IncomingMessage } from 'node:http'
import type { Expirable, Timer } from '../../../core/clock.js'
import { messageTooLarge } from '../../../core/limits.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { expiredOnArrival, requestBodyTimeout } from '../../failures.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import type { ServerSettings } from '../../protocol.js'

export interface BodyOptions {
  /** The path of the method, or of the URL if the body names the method. */
  readonly path: string
  /** The call's deadline. The body may take at most `limits.bodyTimeout` of the time. Default: none. */
  readonly deadline?: number
  /** The most bytes. Default: `limits.messageBytes`. */
  readonly most?: number | undefined
}

/** Collects a body that did not arrive with its head, within a time and a limit. The object is its own timer. */
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

  /** Calls exactly one of the two, unless `stop` is called or the connection breaks. */
  read(done: (body: Uint8Array) => void, failed: (error: RpcError) => void): void {
    const { request } = this
    const { clock, limits } = this.settings
    this.done = done
    this.failed = failed
    this.timer = clock.schedule(Math.min(limits.bodyTimeout, this.deadline - clock.now()), this)
    request.on('data', this.take)
    request.once('end', this.end)
    // The connection broke. The response then emits 'close', or the peer was refused already.
    request.on('error', () => {})
  }

  stop(): void {
    this.timer?.cancel()
    this.request.off('data', this.take)
    this.request.off('end', this.end)
  }

  /** Fails, because the body has not arrived in time. Called by the clock. */
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
