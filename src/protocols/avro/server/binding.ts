import { PipelinedBinding } from '../../pipelined/server/binding.js'
import type { Router, ServerBinding, ServerSettings } from '../../protocol.js'
import { checkNames } from '../unsupported.js'
import { AvroConnection } from './connection.js'
import { servingOf } from './dispatch.js'

/** @throws RpcError `failed_precondition` if names of a service clash in Avro */
export function avroBinding(router: Router, settings: ServerSettings): ServerBinding {
  for (const service of router.services) checkNames(service)
  return new PipelinedBinding(() => {
    const serving = servingOf(router, settings)
    return {
      connect: (socket, closed) => new AvroConnection(socket, serving, closed),
      warmUp: () => serving.handshakes.warmUp(),
    }
  })
}
