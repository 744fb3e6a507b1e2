import type { ProtocolServer } from '../../protocol.js'
import { avroBinding } from './binding.js'
import { avroOverHttp } from './http-handler.js'

/** What only a server needs of Avro. */
export const server = { serve: avroBinding, overHttp: avroOverHttp } satisfies ProtocolServer
