import { type Accept, PipelinedBinding } from '../../pipelined/server/binding.js'
import type { Router, ServerBinding, ServerSettings } from '../../protocol.js'
import { AvroConnection } from './connection.js'
import { servingOf } from './dispatch.js'

/** @throws RpcError `failed_precondition` if names of a service clash in Avro */
export function avroBinding(router: Router, settings: ServerSettings): ServerBinding {
  const serving = servingOf(router, settings)
  const connect: Accept = (socket, closed) => new AvroConnection(socket, serving, closed)
  return new PipelinedBinding(connect, () => serving.handshakes.warmUp())
}
