import type { AvroReader } from '../../../codecs/avro/reader.js'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import { unknownMethod } from '../../failures.js'
import { refusalOf } from '../../pipelined/server/served-request.js'
import type { Router, ServerSettings } from '../../protocol.js'
import type { HandshakeResponse } from '../handshake.js'
import { Metadata } from '../metadata.js'
import { ServerHandshakes } from './handshakes.js'
import type { ClientProtocol, ServedMethod } from './served-method.js'
import { type AvroHost, AvroRequest } from './served-request.js'
import { servedServices } from './served-service.js'

/** What all connections and exchanges of one server share. */
export interface Serving {
  readonly router: Router
  readonly settings: ServerSettings
  readonly handshakes: ServerHandshakes
}

/** @throws RpcError `failed_precondition` if names of a service clash in Avro */
export function servingOf(router: Router, settings: ServerSettings): Serving {
  return { router, settings, handshakes: new ServerHandshakes(servedServices(router, settings.limits)) }
}

/** A source of messages. */
export interface DispatchHost extends AvroHost {
  readonly serving: Serving
}

/** What is known about a request before it is read. */
export interface RequestHead {
  /** 0 if the framing has none. */
  readonly serial: number
  readonly client: ClientProtocol
  /** Written before the reply. */
  readonly handshake: HandshakeResponse | undefined
}

/** Serves one message. A malformed one is answered with its error. */
export function serveMessage(from: AvroReader, { serial, client, handshake }: RequestHead, host: DispatchHost): void {
  const request = new AvroRequest({ serial, handshake, host })
  let metadata: Metadata
  let method: ServedMethod | undefined
  try {
    metadata = new Metadata(from, host.settings.limits.headerBytes)
    const name = from.string()
    method = name === '' ? undefined : methodOf(client, name)
  } catch (fault) {
    host.enter(request)
    request.refuse(RpcError.from(asInvalidMessage(fault, 'the call'), Code.internal))
    return
  }
  if (method === undefined) {
    host.enter(request)
    request.pong()
    return
  }
  const refusal = refusalOf(method.schema, host.serving.router, host)
  request.isOneway = method.isOneway
  if (method.isOneway && handshake !== undefined) request.acknowledge()
  host.enter(request)
  if (refusal === undefined) request.run(method, from, metadata)
  else request.refuse(refusal)
}

function methodOf(client: ClientProtocol, name: string): ServedMethod {
  const method = client.method(name)
  if (method === undefined) throw unknownMethod(`/${client.service.protocol.name}/${name}`)
  return method
}
