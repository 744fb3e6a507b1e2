import { misuse } from '../core/rpc-error.js'
import type { ServerSettings } from '../protocols/protocol.js'
import type { Admission } from './admission.js'
import { type BoundProtocol, Listener, type ListenerOptions } from './listener.js'
import type { ServeOptions } from './serve-options.js'

/**
 * Opens every listener of a server, or none if one of them fails.
 * @throws RpcError `failed_precondition` (`invalid_listener`, `unknown_protocol`, `invalid_tls`) if options are wrong or contradict each
 *   other; Node's own error if a port or path is not available
 */
export async function openListeners(
  bound: readonly BoundProtocol[],
  options: ServeOptions,
  { limits, admission }: Pick<ServerSettings, 'limits'> & { readonly admission: Admission },
): Promise<readonly Listener[]> {
  const places = placesOf(options)
  const listeners = places.map(place => new Listener(spokenAt(place, bound), place, limits, admission))
  const outcomes = await Promise.allSettled(listeners.map(listener => listener.listen()))
  const failed = outcomes.find(outcome => outcome.status === 'rejected')
  if (failed === undefined) return listeners
  await Promise.all(listeners.map(listener => listener.close()))
  throw failed.reason
}

function placesOf({ listeners, port, host, path, tls, plain }: ServeOptions): readonly ListenerOptions[] {
  const given = Object.entries({ port, host, path, tls, plain }).filter(([, value]) => value !== undefined)
  if (listeners === undefined) return port === false ? [] : [Object.fromEntries(given) as ListenerOptions]
  const [twice] = given
  if (twice === undefined) return listeners
  throw misuse('invalid_listener', `serve: listeners excludes ${twice[0]}; move it into one of them`)
}

function spokenAt({ protocols }: ListenerOptions, bound: readonly BoundProtocol[]): readonly BoundProtocol[] {
  if (protocols === undefined) return bound
  const names = bound.map(({ protocol }) => protocol.name)
  const unknown = protocols.find(name => !names.includes(name))
  if (unknown === undefined && protocols.length > 0)
    return bound.filter(({ protocol }) => protocols.includes(protocol.name))
  const what = unknown === undefined ? 'a listener without protocols' : `no protocol ${JSON.stringify(unknown)}`
  throw misuse('unknown_protocol', `listeners: the server has ${what}; it speaks ${names.join(', ')}`)
}
