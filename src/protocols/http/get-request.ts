import type { Codec } from '../../codecs/codec.js'
import { Code } from '../../core/code.js'
import { failure, type RpcError } from '../../core/rpc-error.js'
import { checkVersion } from './version.js'

/** The query of a GET. Source: Connect protocol, "Unary-Get-Request". */
export interface GetRequest {
  /** The name of the codec: `json`. */
  readonly encoding: string
  readonly message: Uint8Array
  /** The name of an encoding, as in content-encoding. */
  readonly compression: string | undefined
}

/** @throws RpcError `invalid_argument` (`malformed_query`, `unknown_protocol_version`) */
export function readGetRequest(query: string): GetRequest {
  const parameters = new URLSearchParams(query)
  checkVersion(parameters.get('connect'), 'v1')
  const encoding = parameters.get('encoding')
  const message = parameters.get('message')
  if (encoding === null || message === null) {
    throw malformed(`?${encoding === null ? 'encoding' : 'message'}= is missing; write ?encoding=json&message=...`)
  }
  const base64 = parameters.get('base64') === '1'
  if (base64 && !/^[A-Za-z0-9+/_-]*={0,2}$/.test(message)) throw malformed('?message= is not base64')
  return {
    encoding,
    message: Buffer.from(message, base64 ? 'base64' : 'utf8'),
    compression: parameters.get('compression') ?? undefined,
  }
}

/** The query of a GET. Its parameters have the order of the specification, so that equal calls have equal URLs. */
export function writeGetQuery(codec: Codec, message: Uint8Array): string {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  const encoding = codec.contentTypes[0] ?? codec.name
  return codec.isText
    ? `?connect=v1&encoding=${encoding}&message=${encodeURIComponent(bytes.toString())}`
    : `?connect=v1&base64=1&encoding=${encoding}&message=${bytes.toString('base64url')}`
}

function malformed(what: string): RpcError {
  return failure('malformed_query', Code.invalid_argument, `query of a GET: ${what}`)
}
