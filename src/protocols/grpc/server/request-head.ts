import type { Encoding } from '../../../codecs/compression.js'
import { Code } from '../../../core/code.js'
import type { HeaderValue } from '../../../core/header-fields.js'
import { failure, RpcError } from '../../../core/rpc-error.js'
import type { HeaderList } from '../../../http2/header-list.js'
import { unknownMethod } from '../../failures.js'
import { parseTimeout } from '../../grpc-status/timeout.js'
import type { StreamedHead } from '../../http2/server/stream-listener.js'
import type { MadeMethods } from '../../made-methods.js'
import { encodingOf } from '../../message-encoding.js'
import { subtypeOf } from '../content-type.js'
import { readMetadata } from '../metadata.js'
import type { ServedCodec, ServedMethod } from './served-method.js'

/** The fields of a request's headers. They are read once: requests whose headers arrive in the same bytes share them. */
export interface RequestHead {
  /** Set if the request is not gRPC. Then no other field counts. */
  readonly http: StreamedHead | undefined
  /** Why the call is refused; undefined if it is not. */
  readonly refusal: RpcError | undefined
  /** Set unless the call is refused. */
  readonly served: ServedCodec | undefined
  /** Milliseconds; Infinity for none. */
  readonly timeout: number
  /** The encoding of the request's messages. */
  readonly encoding: Encoding | undefined
  /** The value of `grpc-accept-encoding`. */
  readonly acceptEncoding: string | undefined
  readonly previousAttempts: number
  /** All fields. The metadata among them is parsed on demand. */
  readonly fields: readonly string[]
  /** The metadata, once it was parsed, if all of it is text: bytes could be changed by the handler of one call. */
  text: readonly string[] | undefined
}

/** The metadata of a request, which its call owns. */
export function metadataOf(head: RequestHead): HeaderValue[] {
  if (head.text !== undefined) return [...head.text]
  const list = readMetadata(head.fields)
  if (list.every(one => typeof one === 'string')) head.text = [...list]
  return list
}

interface RawHead {
  contentType: string | undefined
  timeout: string | undefined
  encoding: string | undefined
  acceptEncoding: string | undefined
  previousAttempts: string | undefined
}

export function readRequestHead(headers: HeaderList, methods: MadeMethods<ServedMethod>): RequestHead {
  const raw = rawHead(headers.fields)
  const subtype = subtypeOf(raw.contentType ?? '')
  const previous = Number(raw.previousAttempts)
  const head = {
    http: subtype === undefined ? { headers, prepared: undefined } : undefined,
    refusal: undefined,
    served: undefined,
    timeout: Number.POSITIVE_INFINITY,
    encoding: undefined,
    acceptEncoding: raw.acceptEncoding,
    previousAttempts: Number.isSafeInteger(previous) && previous > 0 ? previous : 0,
    fields: headers.fields,
    text: undefined,
  }
  if (subtype === undefined) return head
  try {
    if (headers.method !== 'POST') throw wrongHttpMethod(headers)
    const served = find(headers.path, subtype, methods)
    const encoding = encodingOf(raw.encoding, 'grpc-encoding')
    const timeout = raw.timeout === undefined ? Number.POSITIVE_INFINITY : parseTimeout(raw.timeout)
    return { ...head, served, timeout, encoding }
  } catch (error) {
    return { ...head, refusal: RpcError.from(error) }
  }
}

function rawHead(fields: readonly string[]): RawHead {
  const raw: RawHead = {
    contentType: undefined,
    timeout: undefined,
    encoding: undefined,
    acceptEncoding: undefined,
    previousAttempts: undefined,
  }
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const key = known.get(fields[i] as string)
    if (key !== undefined) raw[key] ??= fields[i + 1]
  }
  return raw
}

const known: ReadonlyMap<string, keyof RawHead> = new Map([
  ['content-type', 'contentType'],
  ['grpc-timeout', 'timeout'],
  ['grpc-encoding', 'encoding'],
  ['grpc-accept-encoding', 'acceptEncoding'],
  ['grpc-previous-rpc-attempts', 'previousAttempts'],
])

function find(path: string, subtype: string, methods: MadeMethods<ServedMethod>): ServedCodec {
  const method = methods.get(path)
  if (method === undefined) throw unknownMethod(path)
  const served = method.forSubtype(subtype)
  if (served !== undefined) return served
  const why = method.refusalOf(subtype)
  throw failure(
    'unknown_codec',
    Code.unimplemented,
    `${path} is not served as application/grpc+${subtype.slice(0, 32)}${why === undefined ? '' : ` (${why})`}; ` +
      `send one of ${method.subtypes.join(', ')}`,
  )
}

function wrongHttpMethod({ path, method }: HeaderList): RpcError {
  return failure('wrong_http_method', Code.unimplemented, `${path} is not called by ${method}; send POST`)
}
