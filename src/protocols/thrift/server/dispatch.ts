import { Kind, type ThriftReader } from '../../../codecs/thrift/wire.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { unknownMethod } from '../../failures.js'
import { refusalOf } from '../../pipelined/server/served-request.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { bareName } from '../names.js'
import { ambiguousMethod, wrongKind } from './refusals.js'
import { type ServedMethod, servedMethods } from './served-method.js'
import { type RequestHead, type ThriftHost, ThriftRequest } from './served-request.js'

/** What all connections and exchanges of one server share. */
export interface Serving {
  readonly router: Router
  readonly settings: ServerSettings
  /** By name; undefined if several services have a method of that name. */
  readonly methods: ReadonlyMap<string, ServedMethod | undefined>
}

export function servingOf(router: Router, settings: ServerSettings): Serving {
  return { router, settings, methods: servedMethods(router, settings) }
}

/** A source of messages. */
export interface DispatchHost extends ThriftHost {
  readonly serving: Serving
}

/**
 * Serves one message. Malformed arguments are answered with their error.
 * @throws Fault if the message's header cannot be read
 */
export function serveMessage(
  reader: ThriftReader,
  { dialect, headers }: Pick<RequestHead, 'dialect' | 'headers'>,
  host: DispatchHost,
): void {
  reader.beginMessage()
  const { kind, sequence, name } = reader
  const method = host.serving.methods.get(name)
  const isOneway = kind === Kind.oneway || method?.schema.oneway === true
  const refusal = refusalFor(reader, method, host)
  const request = new ThriftRequest({ dialect, name: bareName(name), sequence, isOneway, headers }, host)
  host.enter(request)
  if (method === undefined || refusal !== undefined) request.refuse(refusal ?? unknownMethod(name))
  else request.run(method, reader)
}

function refusalFor(
  { kind, name }: ThriftReader,
  method: ServedMethod | undefined,
  host: DispatchHost,
): RpcError | undefined {
  const { methods, router } = host.serving
  if (kind !== Kind.call && kind !== Kind.oneway) return wrongKind(kind)
  if (method !== undefined) return refusalOf(method.schema, router, host)
  return methods.has(name) ? ambiguousMethod(name) : undefined
}
