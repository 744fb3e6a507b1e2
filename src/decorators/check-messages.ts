import { reachableMessages } from '../schema/reachable.js'
import type { MethodSchema } from '../schema/service.js'
import { checkTransforms } from './check-transforms.js'

/**
 * Reads every message that a call of these methods can carry, however deep, so that what is wrong with one is found at start-up and not by
 * the first call.
 * @throws RpcError `failed_precondition`
 */
export function checkMessages(methods: readonly MethodSchema[]): void {
  const messages = methods.flatMap(method => [method.input, method.output, ...method.throws])
  for (const message of reachableMessages(messages)) checkTransforms(message)
}
