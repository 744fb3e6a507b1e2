import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { TargetObject } from '../client/target.js'
import { parseTarget } from '../client/target.js'
import { builtInProtocols } from '../protocols/built-in.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { probe } from './probe.js'

/** A target as `connect` takes it, and as people read it. */
export interface Place {
  /** `grpc://127.0.0.1:8080` */
  readonly url: string
  /** The wire, without TLS: `grpc`, `http`, `thrift`, `avro`. */
  readonly wire: string
  readonly target: TargetObject
}

/** @throws CliError for a target that cannot be read, or whose wire cannot be found */
export async function placeOf(text: string, typed: Typed): Promise<Place> {
  const url = text.includes('://') ? text : await found(text, typed)
  const parsed = parseTarget(url)
  const scheme = String(parsed.protocol)
  const protocol = builtInProtocols.find(
    one => one.name === scheme || one.secureName === scheme || scheme in (one.aliases ?? {}),
  )
  if (protocol === undefined)
    throw new CliError(`there is no wire ${scheme}; write grpc://, http://, thrift:// or avro://, with an s for TLS`)
  const tls = tlsOf(typed)
  const codec = typed.valueOf('codec')
  const target = { ...parsed, ...(tls === undefined ? {} : { tls }), ...(codec === undefined ? {} : { codec }) }
  return { url, wire: protocol.name, target }
}

function tlsOf(typed: Typed): TargetObject['tls'] {
  const read = (flag: string) => {
    const path = typed.valueOf(flag)
    if (path === undefined) return undefined
    try {
      return readFileSync(path)
    } catch (error) {
      throw new CliError(`--${flag}: ${(error as Error).message}`)
    }
  }
  const tls = { ca: read('cacert'), cert: read('cert'), key: read('key'), serverName: typed.valueOf('server-name') }
  return Object.values(tls).some(value => value !== undefined) ? tls : undefined
}

/** The URL of an address without a scheme: `:8080`, `host:port`, `unix:/run/hello.sock`. */
async function found(text: string, typed: Typed): Promise<string> {
  const address = text.startsWith(':') ? `127.0.0.1${text}` : text
  if (!/^unix:.+$|:\d+$/.test(address))
    throw new CliError(`${text} is not a target; write :8080, host:8080 or grpc://host:8080`)
  const secure = address.endsWith(':443') || tlsOf(typed) !== undefined
  if (secure) return `grpcs://${address}`
  const contract = extname(typed.valueOf('contract') ?? '')
  if (contract === '.thrift') return `thrift://${address}`
  if (contract === '.avdl' || contract === '.avpr') return `avro://${address}`
  const wire = await probe(address)
  if (wire !== undefined) return `${wire}://${address}`
  throw new CliError(
    `what ${address} speaks is neither HTTP/2 nor HTTP/1.1; name its wire, such as thrift://${address}`,
  )
}
