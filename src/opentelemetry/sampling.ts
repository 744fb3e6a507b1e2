import { type Context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { ActiveCall } from '../core/active-call.js'
import type { Call } from '../core/call.js'
import { servedCall } from '../core/flow.js'
import { misuse } from '../core/rpc-error.js'

/**
 * Decides which calls begin a trace, before a context, a span or an attribute exists for them. A call with a traced caller belongs to its
 * caller's trace.
 */
export class Sampling {
  /** The headers by which a caller sends its trace, in lower case. */
  private readonly fields: readonly string[]
  /** Whether calls are served here. Then what they call follows them. */
  private serves = false

  /** @throws RpcError `failed_precondition` (`invalid_policy`) if the share is not from 0 to 1 */
  constructor(
    private readonly share: number,
    private readonly random: () => number = Math.random,
  ) {
    if (!(share >= 0 && share <= 1))
      throw misuse('invalid_policy', `openTelemetry: sample must be from 0 to 1, got ${share}`)
    const names = propagation.fields().map(name => name.toLowerCase())
    this.fields = names.filter(name => name !== 'baggage' && name !== 'tracestate')
  }

  takesServed(call: Call): boolean {
    this.serves = true
    return this.hasTrace(call as ActiveCall) || (this.share > 0 && this.random() < this.share)
  }

  /** @param active the context of the caller */
  takesMade(active: Context): boolean {
    if (active !== ROOT_CONTEXT && trace.getSpanContext(active) !== undefined) return true
    return this.random() < this.share && !(this.serves && servedCall() !== undefined)
  }

  private hasTrace(call: ActiveCall): boolean {
    const { fields } = this
    for (let i = 0; i < fields.length; i++) if (call.hasHeader(fields[i] as string)) return true
    return false
  }
}
