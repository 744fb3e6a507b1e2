import type { ProtocolServer } from '../../protocol.js'
import { thriftBinding } from './binding.js'
import { thriftOverHttp } from './http-handler.js'

/** What only a server needs of Thrift. */
export const server = { serve: thriftBinding, overHttp: thriftOverHttp } satisfies ProtocolServer
