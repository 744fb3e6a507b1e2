import { misuse } from '../../core/rpc-error.js'
import type { ClientSettings } from '../protocol.js'
import type { Framing } from './framing.js'

/** A socket in one of two framings, or HTTP. */
export type Transport = Framing | 'http'

export interface AvroOptions {
  readonly transport: Transport
  /** The path of HTTP requests. */
  readonly path: string
}

export const defaultPort = 65_111

/** The settings of an Avro target. */
export const optionNames = ['transport', 'path'] as const

const transports: readonly string[] = ['netty', 'framed', 'http'] satisfies Transport[]

/** @throws RpcError `failed_precondition` for a codec other than `avro`, an unknown transport or an invalid path */
export function readOptions({ codec, options = {} }: Pick<ClientSettings, 'codec' | 'options'>): AvroOptions {
  const { transport = 'netty', path } = options
  if (codec.name !== 'avro')
    throw misuse('codec_not_carried', `avro carries only the Avro codec; leave out codec=${codec.name}`)
  if (!transports.includes(transport)) {
    throw misuse(
      'invalid_target',
      `avro target: transport must be one of ${transports.join(', ')}, got ${JSON.stringify(transport.slice(0, 40))}`,
    )
  }
  if (path !== undefined && transport !== 'http')
    throw misuse('invalid_target', 'avro target: only transport=http has a path')
  if (path?.startsWith('/') === false)
    throw misuse('invalid_target', 'avro target: path must begin with /, as in path=/avro')
  return { transport: transport as Transport, path: path ?? '/' }
}
