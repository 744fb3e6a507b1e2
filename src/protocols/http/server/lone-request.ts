import type { CallInit } from '../../../core/active-call.js'
import { requestBodyTimeout, wrongRequestCount } from '../../failures.js'
import { onlyMessage } from '../../only-message.js'
import type { ServerSettings } from '../../protocol.js'
import type { MessageStream } from '../message-stream.js'
import { ServedCall } from './served-call.js'

/** A call whose only message is awaited when the router asks for it. */
export class LoneRequestCall extends ServedCall {
  constructor(
    init: CallInit,
    raw: readonly string[],
    private readonly only: () => Promise<unknown>,
  ) {
    super(init, raw)
  }

  override async receive(): Promise<void> {
    this.message = await this.only()
  }
}

/** The only message of a request that is not a stream. Rejects if it does not arrive within `limits.bodyTimeout`. */
export async function loneRequest(
  incoming: MessageStream,
  path: string,
  { clock, limits }: ServerSettings,
): Promise<unknown> {
  const timer = clock.schedule(limits.bodyTimeout, {
    expire: () => incoming.fail(requestBodyTimeout(path, limits.bodyTimeout)),
  })
  try {
    return await onlyMessage(incoming, path, wrongRequestCount)
  } finally {
    timer.cancel()
  }
}
