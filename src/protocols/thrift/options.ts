import { isThriftCodec, type ThriftFormat } from '../../codecs/thrift/wire.js'
import { misuse } from '../../core/rpc-error.js'
import type { ClientSettings } from '../protocol.js'
import type { Dialect } from './dialect.js'

/** The settings of a Thrift target and their values. */
const choices = {
  transport: ['framed', 'buffered', 'header', 'zlib', 'http'],
  multiplex: ['no', 'yes', 'full'],
  compression: ['none', 'zlib'],
} as const

export const optionNames: readonly string[] = [...Object.keys(choices), 'path']

export interface ThriftOptions {
  readonly dialect: Dialect
  /** Whether the whole connection is compressed (TZlibTransport). */
  readonly isDeflated: boolean
  /** What precedes a method's name: nothing, the last part of its service's name, or its full name. */
  readonly multiplex: 'no' | 'yes' | 'full'
  /** The path of HTTP requests. */
  readonly path: string
}

/** @throws RpcError `failed_precondition` (`invalid_target`) for an invalid value, or two that contradict each other */
export function readOptions({ codec, options = {} }: ClientSettings): ThriftOptions {
  const transport = choose(options, 'transport', 'framed')
  const zlib = choose(options, 'compression', 'none') === 'zlib'
  if (zlib && transport !== 'header')
    throw misuse('invalid_target', 'target: only transport=header can carry compression=zlib')
  if (codec.name === 'thrift-json' && transport === 'header')
    throw misuse('invalid_target', 'target: transport=header cannot carry codec=json')
  const { path = '/' } = options
  if (options.path !== undefined && (transport !== 'http' || !/^\/[\x21-\x7e]*$/.test(path)))
    throw misuse('invalid_target', 'target: path begins with a slash, and only transport=http has one')
  return {
    path,
    dialect: {
      format: formatOf(codec),
      transport: transport === 'buffered' || transport === 'zlib' ? 'unframed' : transport,
      zlib,
    },
    isDeflated: transport === 'zlib',
    multiplex: choose(options, 'multiplex', 'no'),
  }
}

function formatOf(codec: ClientSettings['codec']): ThriftFormat {
  if (isThriftCodec(codec)) return codec.thrift
  throw misuse('invalid_target', `target: Thrift has no codec ${codec.name}; write codec=binary or codec=compact`)
}

function choose<K extends keyof typeof choices>(
  options: Readonly<Record<string, string>>,
  name: K,
  standard: (typeof choices)[K][number],
): (typeof choices)[K][number] {
  const value = options[name]
  if (value === undefined) return standard
  const known: readonly string[] = choices[name]
  if (known.includes(value)) return value as (typeof choices)[K][number]
  throw misuse('invalid_target', `target: ${name}=${value.slice(0, 40)} is none of ${known.join(', ')}`)
}
