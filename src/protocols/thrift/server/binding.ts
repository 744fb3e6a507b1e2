import { PipelinedBinding } from '../../pipelined/server/binding.js'
import type { Router, ServerBinding, ServerSettings } from '../../protocol.js'
import { ThriftConnection } from './connection.js'
import { servingOf } from './dispatch.js'

export function thriftBinding(router: Router, settings: ServerSettings): ServerBinding {
  const serving = servingOf(router, settings)
  return new PipelinedBinding((socket, closed) => new ThriftConnection(socket, serving, closed))
}
