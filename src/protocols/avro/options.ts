import { misuse } from '../../core/rpc-error.js'
import type { Framing } from './framing.js'

/** A socket in one of two framings, or HTTP. */
export type Transport = Framing | 'http'

export interface AvroOptions {
  readonly transport: Transport
  /** The path of HTTP requests. */
  readonly path: string
}

/** The settings of an Avro target. */
export const optionNames = ['transport', 'path'] as const

const transports: readonly string[] = ['netty', 'framed', 'http'] satisfies Transport[]

/** @throws RpcError `failed_precondition` (`invalid_target`) */
export function readOptions({ transport = 'netty', path }: Readonly<Record<string, string>> = {}): AvroOptions {
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
