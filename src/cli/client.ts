import { type ConnectOptions, connectAll } from '../client/connect.js'
import { encodings } from '../codecs/compression.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import type { PolicyDefinition } from '../core/policy.js'
import { noFailover } from '../policies/attempts/failover.js'
import { compressed, type EncodingName } from '../policies/compressed.js'
import type { ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import type { Found } from './find-method.js'
import type { Place } from './target.js'

/**
 * A client of one method, so that a wire need not carry the others. It makes each call once: retries, hedges and caches of the class would
 * hide the truth.
 */
export function clientOf(found: Found, place: Place, typed: Typed): object & AsyncDisposable {
  return clientsOf([found], place, typed).get(found.service) as object & AsyncDisposable
}

/** Clients of some methods, by their services, over one channel. Closing one closes the channel. */
export function clientsOf(
  founds: readonly Found[],
  place: Place,
  typed: Typed,
): ReadonlyMap<ServiceSchema, object & AsyncDisposable> {
  const services = [...new Set(founds.map(({ service }) => service))]
  const bare = services.map(service => {
    const methods = new Set(founds.filter(one => one.service === service).map(({ method }) => method))
    return { ...service, policies: [], methods: [...methods].map(method => ({ ...method, policies: [] })) }
  })
  const clients = connectAll(bare, place.target, {
    ...oneAttempt,
    policies: [...oneAttempt.policies, ...compressionOf(place, typed)],
    ...connectTimeoutOf(typed),
  })
  return new Map(
    services.map(service => [service, clients.get(service.class as Class<object>) as object & AsyncDisposable]),
  )
}

/** The time to connect in, if it was given. */
export function connectTimeoutOf(typed: Typed): Pick<ConnectOptions, 'connectTimeout'> {
  const text = typed.valueOf('connect-timeout')
  return text === undefined ? {} : { connectTimeout: toMilliseconds(text as Duration, '--connect-timeout') }
}

/** One call is one attempt: the failover of every channel would hide why the first one failed. */
export const oneAttempt = {
  outlierEjection: false as const,
  policies: [noFailover],
} satisfies ConnectOptions

/** Every request is compressed, however small. */
function compressionOf({ wire }: Place, typed: Typed): PolicyDefinition[] {
  const name = typed.valueOf('compression')
  if (name === undefined || name === 'identity') return []
  if (wire !== 'grpc' && wire !== 'http')
    throw new CliError(`${wire} does not compress by --compression; gRPC and HTTP do`)
  if (!encodings.has(name))
    throw new CliError(`--compression must be one of identity, ${[...encodings.keys()].join(', ')}, got ${name}`)
  return [compressed(name as EncodingName, { minBytes: 0 })]
}
