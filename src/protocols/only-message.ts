import type { RpcError } from '../core/rpc-error.js'

/**
 * The only message of a stream.
 * @throws RpcError from `wrong` if the stream has none or several; several end it
 */
export async function onlyMessage(
  messages: AsyncIterator<unknown>,
  path: string,
  wrong: (path: string, count: string) => RpcError,
): Promise<unknown> {
  const first = await messages.next()
  if (first.done) throw wrong(path, 'none')
  if ((await messages.next()).done) return first.value
  await messages.return?.()
  throw wrong(path, 'more than one')
}

/** A stream of one message. */
export async function* streamOfOne(message: unknown): AsyncGenerator<unknown> {
  yield message
}
