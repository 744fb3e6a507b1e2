import { inTurns } from '../core/in-turns.js'
import { channelOf } from './proxy.js'

/**
 * Loads and compiles now what the first calls of a client would: the library of its protocol and the messages of each method, one method in
 * each turn of the event loop. It opens no connection: `connect(..., { eager: true })` does. Clients of one channel are warm together.
 *
 * @example
 * const hello = connect(Hello, 'http://127.0.0.1:8080', { eager: true })
 * await warmUp(hello)
 *
 * @throws RpcError `failed_precondition` (`not_a_remote`) if it is not a client
 * @see docs/guide/clients-and-injection.md
 */
export async function warmUp(client: object): Promise<void> {
  const channel = channelOf(client, 'warmUp')
  await channel.prepare()
  await inTurns(channel.settings.dialer?.warmUp?.() ?? [])
}
