import type { Codec } from '../codecs/codec.js'
import type { Endpoint } from '../core/endpoint.js'
import { misuse } from '../core/rpc-error.js'
import { shown } from '../core/shown.js'
import type { Protocol, TlsOptions } from '../protocols/protocol.js'
import type { Resolver } from '../resolvers/resolver.js'

/** A target as an object, for what a string cannot hold: weights, zones, TLS material, custom protocols and codecs. */
export interface TargetObject {
  /** The scheme of a built-in protocol (`http`, `https`, `grpc` ...), or a custom protocol. */
  readonly protocol: string | Protocol
  /** The addresses, for the `static` resolver. Default: those in `authority`, separated by commas. */
  readonly endpoints?: readonly (string | Endpoint)[]
  /** The name of a resolver, or a custom one. Default: `static`. */
  readonly resolver?: string | Resolver
  /** The address of the registry, or for `static` the addresses. Default: empty. */
  readonly authority?: string
  /**
   * The name that the resolver looks up, `hello.Hello`. Of addresses and names in DNS: the path under which the servers have the service,
   * `api` for `http://10.0.0.1:8080/api`. Default: empty.
   */
  readonly path?: string
  /** The name of a codec, or a custom one. Default: the protocol's. */
  readonly codec?: string | Codec
  /** Settings of the protocol, such as Thrift's `transport`. Default: none. */
  readonly options?: Readonly<Record<string, string>>
  /** Uses TLS with this material. Default: TLS only for a secure scheme, such as `https`, with the system's authorities. */
  readonly tls?: TlsOptions
}

/** Where a service is: `<protocol>[+<resolver>]://<authority>[/path][?codec=...&...]`, or an object. */
export type Target = string | TargetObject

const form = /^([a-z][a-z0-9-]*)(?:\+([a-z][a-z0-9-]*))?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/

/** @throws RpcError `failed_precondition` (`invalid_target`), with an example of a valid target */
export function parseTarget(target: Target): TargetObject {
  if (typeof target !== 'string') return checkedObject(target)
  const match = form.exec(target)
  if (match?.[1] === undefined)
    throw invalid(target, 'it is not of the form protocol[+resolver]://host:port[?codec=...]')
  const [, protocol, resolver, authority = '', path, query] = match
  const { codec, ...options } = Object.fromEntries(new URLSearchParams(query ?? ''))
  return {
    protocol,
    authority,
    options,
    ...(resolver === undefined ? {} : { resolver }),
    ...(path === undefined ? {} : { path }),
    ...(codec === undefined ? {} : { codec }),
  }
}

/** A target as a URI, without its settings: `grpc+dns://hello.svc:50051`. An object is written as a string would be. */
export function uriOf({ protocol, resolver = 'static', authority = '', endpoints, path }: TargetObject): string {
  const scheme = typeof protocol === 'string' ? protocol : protocol.name
  const name = typeof resolver === 'string' ? resolver : resolver.name
  const where = endpoints?.map(one => (typeof one === 'string' ? one : one.address)).join(',') ?? authority
  return `${scheme}${name === 'static' ? '' : `+${name}`}://${where}${path === undefined ? '' : `/${path}`}`
}

/** What the compiler sees, but not where a target comes from the environment or JSON. */
function checkedObject(target: TargetObject): TargetObject {
  if (typeof target !== 'object' || target === null || target instanceof URL)
    throw misuse('invalid_target', `the target must be ${texts}, got ${shown(target, 0)}`)
  if (target.protocol === undefined) throw misuse('invalid_target', `the target has no protocol; write ${texts}`)
  const { endpoints = [] } = target
  if (!Array.isArray(endpoints))
    throw misuse('invalid_target', `target: endpoints must be a list, got ${shown(endpoints, 0)}`)
  for (const endpoint of endpoints as readonly unknown[]) {
    const address = typeof endpoint === 'string' ? endpoint : (endpoint as Partial<Endpoint> | null)?.address
    if (typeof address !== 'string')
      throw misuse(
        'invalid_target',
        `target: an endpoint is 'host:port' or { address: 'host:port' }, got ${shown(endpoint, 1)}`,
      )
  }
  return target
}

const texts = "a text such as 'grpc://127.0.0.1:8080', or { protocol, endpoints }"

function invalid(target: string, why: string): Error {
  return misuse('invalid_target', `target ${JSON.stringify(target)}: ${why}; an example: http://127.0.0.1:8080`)
}
