import { avro } from './avro/protocol.js'
import { grpc } from './grpc/protocol.js'
import { http } from './http/protocol.js'
import { memory } from './memory/protocol.js'
import type { Protocol } from './protocol.js'
import { thrift } from './thrift/protocol.js'

/**
 * In the order in which a listener asks them to detect a new connection. Avro's first bytes are the least specific, so it is asked late.
 */
export const builtInProtocols: readonly Protocol[] = [grpc, http, thrift, avro, memory]
