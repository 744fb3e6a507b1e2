import type { OutgoingCompression } from '../../core/call.js'
import { targetCompression } from '../message-encoding.js'
import type { ClientSettings } from '../protocol.js'

export const defaultPort = 50051
export const secureDefaultPort = 443

/** The settings of a gRPC target. */
export const optionNames = ['compression'] as const

export interface GrpcOptions {
  /** The compression of requests, if the target names one. */
  readonly compression: OutgoingCompression | undefined
}

/** @throws RpcError `failed_precondition` (`invalid_target`) for an invalid value */
export function readOptions({ options = {} }: Pick<ClientSettings, 'options'>): GrpcOptions {
  return { compression: targetCompression(options.compression) }
}
