import { type ConnectOptions, connectAll } from '../client/connect.js'
import type { TargetObject } from '../client/target.js'
import { encodings } from '../codecs/compression.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import type { PolicyDefinition } from '../core/policy.js'
import { noFailover } from '../policies/attempts/failover.js'
import { compressed, type EncodingName } from '../policies/compressed.js'
import { builtInProtocols } from '../protocols/built-in.js'
import type { Protocol } from '../protocols/protocol.js'
import type { ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import type { Found } from './find-method.js'
import type { Measured } from './measured.js'
import { httpVersionOf, type Place } from './target.js'
import { keyLog, watchSockets } from './watched-sockets.js'

/**
 * A client of one method, so that a wire need not carry the others. It makes each call once, because retries, hedges and caches of the class
 * would hide the truth, unless `--policies` is given.
 */
export function clientOf(found: Found, place: Place, how: ClientOptions): object & AsyncDisposable {
  return clientsOf([found], place, how).get(found.service) as object & AsyncDisposable
}

interface ClientOptions {
  readonly typed: Typed
  /** Watches its calls. Default: nothing does. */
  readonly measured?: Measured
}

/** Clients of some methods, by their services, over one channel. Closing one closes the channel. */
export function clientsOf(
  founds: readonly Found[],
  place: Place,
  { typed, measured }: ClientOptions,
): ReadonlyMap<ServiceSchema, object & AsyncDisposable> {
  const services = [...new Set(founds.map(({ service }) => service))]
  const keeps = typed.has('policies')
  const watched = measured?.options
  const called = services.map(service => {
    const methods = [...new Set(founds.filter(one => one.service === service).map(({ method }) => method))]
    if (keeps) return { ...service, methods }
    return { ...service, policies: [], methods: methods.map(method => ({ ...method, policies: [] })) }
  })
  const clients = connectAll(called, targetOf(place, founds, typed), {
    ...(keeps ? {} : oneAttempt),
    ...watched,
    policies: [...(keeps ? [] : oneAttempt.policies), ...compressionOf(place, typed)],
    ...dialOptions(typed, watched?.protocols),
  })
  return new Map(
    services.map(service => [service, clients.get(service.class as Class<object>) as object & AsyncDisposable]),
  )
}

/** How every connection is made: the time to connect in, and the file for keys of TLS, if they were given. */
export function dialOptions(
  typed: Typed,
  protocols: readonly Protocol[] = builtInProtocols,
): Pick<ConnectOptions, 'connectTimeout' | 'protocols'> {
  const text = typed.valueOf('connect-timeout')
  const onKeys = keyLog()
  return {
    ...(text !== undefined && { connectTimeout: toMilliseconds(text as Duration, '--connect-timeout') }),
    ...(onKeys && { protocols: watchSockets(protocols, socket => socket.on('keylog', onKeys)) }),
  }
}

/** One call is one attempt: the failover of every channel would hide why the first one failed. */
export const oneAttempt = {
  outlierEjection: false as const,
  policies: [noFailover],
} satisfies ConnectOptions

/** With `--get` a target that calls by GET. @throws CliError if the wire or a method cannot do so */
function targetOf({ target, url, wire }: Place, founds: readonly Found[], typed: Typed): TargetObject {
  if (!typed.has('get')) return target
  if (wire !== 'http' || httpVersionOf(target) === 'websocket') throw new CliError(`--get is for http://, got ${url}`)
  const other = founds.find(({ method }) => method.kind !== 'unary' || method.idempotency !== 'safe')?.method
  if (other !== undefined)
    throw new CliError(`${other.path.slice(1)} is not a unary method with @Safe, so there is no GET for it`)
  return { ...target, options: { ...target.options, get: 'true' } }
}

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
