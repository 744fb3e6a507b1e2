import { callFailure } from '../client/call-failure.js'
import { packer } from '../client/packer.js'
import { deadlineExceeded } from '../core/call.js'
import type { Clock, Expirable, Timer } from '../core/clock.js'
import { Code } from '../core/code.js'
import { failure, misuse, type RpcError } from '../core/rpc-error.js'
import { defaultTotal } from '../policies/call-deadline.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import { PageMethod, type SentCall } from './page-method.js'
import type { PageSettings } from './page-settings.js'
import { unary } from './unary.js'

/** Makes a client of unary methods whose calls have no options and no policies, with a fifth of the code of a full one. */
export function plainClient({ class: of, methods, policies }: ServiceSchema, settings: PageSettings): object {
  const client = Object.create(of.prototype as object) as object
  let isClosed = false
  const define = (key: string | symbol, value: (...args: unknown[]) => Promise<unknown>) =>
    Object.defineProperty(client, key, { value, writable: true, configurable: true })
  for (const method of methods) {
    if (method.kind !== 'unary' || [policies, method.policies, settings.policies].some(({ length }) => length > 0))
      throw misuse('invalid_policy', `${method.path}: import streamOf and policies from polywire/web`)
    const pack = packer(method)
    const send = sender(method, settings)
    define(method.key, async (...args) => {
      const message = pack(args)
      if (isClosed) throw closedClient(method.path)
      return send(message)
    })
  }
  define(Symbol.asyncDispose, async () => {
    isClosed = true
  })
  return client
}

export function closedClient(path: string): RpcError {
  return failure('channel_closed', Code.canceled, `${path}: its client was closed`, { delivery: 'unsent' })
}

function sender(method: MethodSchema, settings: PageSettings): (message: unknown) => Promise<unknown> {
  const send = unary(new PageMethod(method, settings))
  const { host } = new URL(settings.base)
  return async message => {
    const call = new PlainCall(method, message, settings.clock, { address: host })
    try {
      return await new Promise((resolve, reject) => {
        call.signal.onabort = () => reject(call.canceled)
        send(call).then(resolve, reject)
      })
    } catch (error) {
      throw callFailure(error, method.path)
    } finally {
      call.finish()
    }
  }
}

/** A call that has a deadline. Nobody sees its headers. */
class PlainCall implements SentCall, Expirable {
  readonly previousAttempts = 0
  readonly headersIfAny = undefined
  canceled: RpcError | undefined = undefined
  readonly deadline: number
  private readonly controller = new AbortController()
  private readonly timer: Timer

  constructor(
    readonly method: MethodSchema,
    readonly message: unknown,
    readonly clock: Clock,
    readonly endpoint: { readonly address: string },
  ) {
    this.deadline = clock.now() + defaultTotal
    this.timer = clock.schedule(defaultTotal, this)
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  expire(): void {
    this.canceled = deadlineExceeded(this)
    this.controller.abort(this.canceled)
  }

  finish(): void {
    this.timer.cancel()
  }

  receiveReplyHeaders(): void {}

  receiveReplyTrailers(): void {}
}
