import { Agent, request } from 'node:http'
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'
import type { Class } from '../../src/extend.js'
import {
  type CallOptions,
  compressed,
  connect,
  disconnect,
  type EncodingName,
  type LimitOptions,
  RpcError,
  withCall,
} from '../../src/index.js'
import { Target } from './target.js'

/** Every way to carry a message, as targets in which AT stands for host and port. */
export const wires: readonly string[] = [
  ...[
    'json',
    'proto',
    'xml',
    'msgpack',
    'msgpack-compact',
    'avro',
    'thrift-binary',
    'thrift-compact',
    'thrift-json',
  ].map(codec => `http://AT?codec=${codec}`),
  'grpc://AT',
  'thrift://AT',
  'thrift://AT?codec=compact',
  'thrift://AT?codec=json',
  'thrift://AT?transport=buffered',
  'thrift://AT?transport=zlib',
  'thrift://AT?transport=header',
  'thrift://AT?transport=http',
  'avro://AT',
  'avro://AT?transport=framed',
  'avro://AT?transport=http',
]

/** One wire for each protocol and way to frame. */
export const protocols: readonly string[] = wires.filter(wire => !/http:.*codec=(?!json)|thrift.*codec/.test(wire))

/** Nothing that the attacker limits itself. */
const generous = { messageBytes: 1 << 30, values: 1 << 30, depth: 100_000, headerBytes: 1 << 20 }

interface CallSettings extends CallOptions {
  readonly compression?: EncodingName | undefined
  /** Of this client; default: hardly any, so that the server has to hold its own. */
  readonly limits?: LimitOptions
}

/** Runs with a remote of the target on this wire, and closes it. */
export async function over<T>(
  wire: string,
  port: number,
  run: (remote: Target) => Promise<T>,
  { compression, limits = generous, ...options }: CallSettings = {},
): Promise<T> {
  const remote = connect(Target as Class<Target>, wire.replace('AT', `127.0.0.1:${port}`), {
    limits,
    policies: compression === undefined ? [] : [compressed(compression, { minBytes: 0 })],
    outlierEjection: false,
    report: () => {},
  })
  try {
    return await run(withCall(remote, options))
  } finally {
    await disconnect(remote)
  }
}

/** The code of a call's error; undefined where it succeeds. */
export async function codeOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    if (error instanceof RpcError) return error.code
    throw error
  }
}

/** At little cost for the sender: the best of Brotli takes seconds. */
export function deflated(body: string | Uint8Array, encoding: EncodingName): Buffer {
  if (encoding === 'br') return brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })
  return encoding === 'gzip' ? gzipSync(body) : deflateSync(body)
}

export interface Posted {
  /** 0 where the connection ended without a reply. */
  readonly status: number
  readonly body: string
}

/** A request with any bytes at all. @param encoding what the body has been deflated by */
export function post(
  port: number,
  type: string,
  body: string | Uint8Array,
  { encoding, path = '/attack.Target/Take' }: { encoding?: EncodingName; path?: string } = {},
): Promise<Posted> {
  const sent = Buffer.from(body as string)
  return new Promise(resolve => {
    const sending = request(
      {
        ...{ host: '127.0.0.1', port, path, method: 'POST', agent: new Agent({ keepAlive: false }) },
        headers: {
          'content-type': type,
          'content-length': sent.length,
          ...(encoding && { 'content-encoding': encoding }),
        },
      },
      response => {
        let text = ''
        response.setEncoding('utf8').on('data', chunk => {
          text += chunk
        })
        response.on('close', () => resolve({ status: response.statusCode ?? 0, body: text }))
      },
    )
    sending.on('error', () => resolve({ status: 0, body: '' }))
    sending.end(sent)
  })
}
