import type { Codec } from '../codecs/codec.js'
import type { Endpoint } from '../core/endpoint.js'
import { misuse } from '../core/rpc-error.js'
import type { Protocol, TlsOptions } from '../protocols/protocol.js'
import type { Resolver } from '../resolvers/resolver.js'

/** What a string cannot say: weights, zones, TLS material, protocols and codecs of one's own. */
export interface TargetObject {
  /** A built-in's scheme (`http`, `https`, `grpc` ...) or a protocol of one's own. */
  readonly protocol: string | Protocol
  /** Where the resolver is `static` (the default). */
  readonly endpoints?: readonly (string | Endpoint)[]
  /** Default: `static`. */
  readonly resolver?: string | Resolver
  /** For resolvers: where the registry is. */
  readonly authority?: string
  /** For resolvers: the name to look up. */
  readonly path?: string
  /** Default: the protocol's own. */
  readonly codec?: string | Codec
  /** Settings that are the protocol's own, such as Thrift's `transport`. */
  readonly options?: Readonly<Record<string, string>>
  readonly tls?: TlsOptions
}

/** `<protocol>[+<resolver>]://<authority>[/path][?codec=...&...]`, or an object. */
export type Target = string | TargetObject

const form = /^([a-z][a-z0-9-]*)(?:\+([a-z][a-z0-9-]*))?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/

/** @throws RpcError `failed_precondition` (`invalid_target`) that says what is wrong with it and shows one that is right */
export function parseTarget(target: Target): TargetObject {
  if (typeof target !== 'string') return target
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

function invalid(target: string, why: string): Error {
  return misuse('invalid_target', `target ${JSON.stringify(target)}: ${why}; an example: http://127.0.0.1:8080`)
}
