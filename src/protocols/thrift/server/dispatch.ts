import { Kind, type ThriftReader } from '../../../codecs/thrift/wire.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { draining, tooManyCalls } from '../../failures.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { bareName } from '../names.js'
import { unknownMethod, wrongKind } from './refusals.js'
import type { ServedMethod } from './served-method.js'
import { type Answerer, Exchange, type RequestHead } from './served-request.js'

/** What everything that one server serves shares. */
export interface Serving {
  readonly router: Router
  readonly settings: ServerSettings
  /** By name; undefined under a name that several have. */
  readonly methods: ReadonlyMap<string, ServedMethod | undefined>
}

/** Where a message came from, as its call sees it. */
export interface Host extends Answerer {
  readonly serving: Serving
  readonly isDraining: boolean
  /** Calls in flight. */
  readonly calls: number
  /** Called once for each message, before it is refused or run. */
  enter(exchange: Exchange): void
}

/**
 * Serves one message; what is wrong with its arguments is its answer.
 * @throws Fault where not even its header can be read
 */
export function serveMessage(
  reader: ThriftReader,
  { dialect, headers }: Pick<RequestHead, 'dialect' | 'headers'>,
  host: Host,
): void {
  reader.beginMessage()
  const { kind, sequence, name } = reader
  const method = host.serving.methods.get(name)
  const isOneway = kind === Kind.oneway || method?.schema.oneway === true
  const refusal = refusalOf(kind, name, host)
  const exchange = new Exchange({ dialect, name: bareName(name), sequence, isOneway, headers }, host)
  host.enter(exchange)
  if (refusal !== undefined || method === undefined) exchange.refuse(refusal ?? unknownMethod(name, false))
  else exchange.run(method, reader)
}

function refusalOf(kind: number, name: string, { serving, isDraining, calls }: Host): RpcError | undefined {
  const method = serving.methods.get(name)
  if (kind !== Kind.call && kind !== Kind.oneway) return wrongKind(kind)
  if (method === undefined) return unknownMethod(name, serving.methods.has(name))
  if (isDraining || serving.router.draining) return draining(method.schema.path)
  const { callsPerConnection } = serving.settings.limits
  return calls >= callsPerConnection ? tooManyCalls(method.schema.path, callsPerConnection) : undefined
}
