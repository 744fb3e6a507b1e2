import { Code } from '../core/code.js'
import { failure } from '../core/rpc-error.js'
import { shown } from '../core/shown.js'
import type { MethodSchema } from '../schema/service.js'

/**
 * Takes the stream of requests out of the arguments. A list or a set is a stream of what it holds.
 * @throws RpcError `invalid_argument` (`invalid_message`) from what it returns, if the argument cannot be iterated
 */
export function streamPacker({ path, key }: MethodSchema): (args: readonly unknown[]) => unknown {
  return ([stream]) => {
    if (typeof stream === 'object' && stream !== null && (Symbol.asyncIterator in stream || Symbol.iterator in stream))
      return stream
    const advice = typeof stream === 'function' ? 'call the generator' : 'pass what an async generator returns'
    throw failure(
      'invalid_message',
      Code.invalid_argument,
      `${path}: ${key} takes an AsyncIterable, got ${shown(stream, 0)}; ${advice}`,
      { delivery: 'unsent' },
    )
  }
}
