import { extname } from 'node:path'
import { isSecure, protocolOf } from '../client/chosen-protocol.js'
import type { TargetObject } from '../client/target.js'
import { parseTarget } from '../client/target.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { builtInProtocols } from '../protocols/built-in.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { grpcQuestion } from './http2-question.js'
import {
  ask,
  avroHttpQuestion,
  avroQuestion,
  firstYes,
  framedAvroQuestion,
  listensWithin,
  patienceOf,
} from './probe.js'
import { speaksTls } from './speaks-tls.js'
import { tlsOf } from './tls-files.js'

/** A target as `connect` takes it, and as people read it. */
export interface Place {
  /** `grpc://127.0.0.1:8080`, `grpc+unix:/run/hello.sock` */
  readonly url: string
  /** The wire, without TLS: `grpc`, `http`, `thrift`, `avro`. */
  readonly wire: string
  readonly target: TargetObject
  /** The first address: `127.0.0.1:8080`, `unix:/run/hello.sock`. */
  readonly address: string
  readonly isSecure: boolean
}

/** @throws CliError for a target that cannot be read, or whose wire cannot be found */
export async function placeOf(text: string, typed: Typed): Promise<Place> {
  const parsed = text.includes('://') ? parseTarget(text) : undefined
  const [, scheme, bare = ''] = /^(?:([a-z][a-z0-9]*)\+(?=unix:))?(.*)$/s.exec(parsed === undefined ? text : '') ?? []
  const address = parsed === undefined ? addressOf(bare, text) : (parsed.authority ?? '').split(',', 1).join()
  const wait = typed.valueOf('wait')
  if (wait !== undefined) await listensWithin(address, toMilliseconds(wait as Duration, '--wait'))
  const found = scheme === undefined && parsed === undefined ? await wireAt(address, typed) : undefined
  const protocol = found?.protocol ?? scheme ?? String(parsed?.protocol)
  const separator = address.startsWith('unix:') ? '+' : '://'
  const target = parsed ?? { protocol, endpoints: [address], ...(found?.options && { options: found.options }) }
  const query = found?.options === undefined ? '' : `?${new URLSearchParams(found.options)}`
  const tls = tlsOf(typed)
  const codec = typed.valueOf('codec')
  return {
    url: parsed === undefined ? `${protocol}${separator}${address}${query}` : text,
    wire: wireNamed(protocol),
    target: { ...target, ...(tls === undefined ? {} : { tls }), ...(codec === undefined ? {} : { codec }) },
    address,
    isSecure: tls !== undefined || isSecure(protocolNamed(protocol), protocol),
  }
}

/** The version of HTTP that a target chooses: `2`, `websocket`. Undefined: HTTP/1.1, or what TLS chooses. */
export function httpVersionOf(target: TargetObject): string | undefined {
  return protocolOf(target, {}).settings.version
}

/** `grpc` of `grpcs` */
function wireNamed(scheme: string): string {
  const protocol = protocolNamed(scheme)
  if (protocol !== undefined) return protocol.name
  throw new CliError(
    `there is no wire ${scheme}; write grpc://, http://, ws://, thrift:// or avro://, with an s for TLS`,
  )
}

function protocolNamed(scheme: string) {
  return builtInProtocols.find(one => one.name === scheme || one.secureName === scheme || scheme in (one.aliases ?? {}))
}

/** `127.0.0.1:8080` of `:8080` */
export function addressOf(bare: string, text: string): string {
  const address = bare.startsWith(':') ? `127.0.0.1${bare}` : bare
  const [, port] = /^(?!unix:).*:(\d+)$/s.exec(address) ?? []
  if (port !== undefined && Number(port) > 65_535) throw new CliError(`${text}: a port is at most 65535, got ${port}`)
  if (port !== undefined || /^unix:.+$/.test(address)) return address
  throw new CliError(`${JSON.stringify(text)} is not a target; write :8080, host:8080 or grpc://host:8080`)
}

/** What an address without a scheme turns out to speak. */
interface Wire {
  readonly protocol: string
  readonly options?: Readonly<Record<string, string>>
}

/** A server of Thrift is not asked: it is found by its contract. */
async function wireAt(address: string, typed: Typed): Promise<Wire> {
  if (address.endsWith(':443') || tlsOf(typed) !== undefined) return { protocol: 'grpcs' }
  const contract = extname(typed.valueOf('contract') ?? '')
  if (contract === '.thrift') return { protocol: 'thrift' }
  const patience = patienceOf(typed)
  if (contract === '.avdl' || contract === '.avpr') {
    const framing = ['netty', 'framed'][await firstYes(address, [avroQuestion, framedAvroQuestion], patience)]
    const transport = framing ?? ((await ask(address, avroHttpQuestion, patience)) ? 'http' : 'netty')
    return { protocol: 'avro', ...(transport !== 'netty' && { options: { transport } }) }
  }
  const wire = await ask(address, grpcQuestion, patience)
  if (wire === 'grpc' || wire === 'http' || wire === 'http2') return { protocol: wire }
  if (await speaksTls(address)) return { protocol: 'grpcs' }
  if (await ask(address, avroQuestion, patience)) return { protocol: 'avro' }
  throw new CliError(
    `${address} speaks none of HTTP/2, HTTP/1.1 and Avro; name its wire, such as thrift://${address}, or give its .thrift as --contract`,
  )
}
