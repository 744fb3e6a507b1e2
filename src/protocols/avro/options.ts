import { misuse } from '../../core/rpc-error.js'
import type { Framing } from './framing.js'

/** What carries the messages: a socket in one of two framings, or HTTP. */
export type Transport = Framing | 'http'

export interface AvroOptions {
  readonly transport: Transport
  /** Of HTTP requests. */
  readonly path: string
}

/** Names of the settings that an Avro target can have. */
export const optionNames = ['transport', 'path'] as const

const transports: readonly string[] = ['netty', 'framed', 'http'] satisfies Transport[]

/** @throws RpcError `failed_precondition` (`invalid_target`) */
export function readOptions({ transport = 'netty', path = '/' }: Readonly<Record<string, string>> = {}): AvroOptions {
  if (!transports.includes(transport)) {
    throw misuse(
      'invalid_target',
      `avro target: there is no transport ${JSON.stringify(transport.slice(0, 40))}; known: ${transports.join(', ')}`,
    )
  }
  if (!path.startsWith('/')) throw misuse('invalid_target', `avro target: a path begins with /, as in path=/avro`)
  return { transport: transport as Transport, path }
}
