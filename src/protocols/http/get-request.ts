import { base64Slice, utf8Slice } from '../../codecs/bytes/native.js'
import type { Codec } from '../../codecs/codec.js'
import { bytesOfBase64 } from '../../codecs/values/base64.js'
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

const encoder = /* @__PURE__ */ new TextEncoder()

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
    message: base64 ? bytesOfBase64(message) : encoder.encode(message),
    compression: parameters.get('compression') ?? undefined,
  }
}

/** The query of a GET. Its parameters have the order of the specification, so that equal calls have equal URLs. */
export function writeGetQuery(codec: Codec, message: Uint8Array): string {
  const encoding = codec.contentTypes[0] ?? codec.name
  return codec.isText
    ? `?connect=v1&encoding=${encoding}&message=${encodeURIComponent(utf8Slice.call(message, 0, message.length))}`
    : `?connect=v1&base64=1&encoding=${encoding}&message=${base64Url(message)}`
}

function base64Url(bytes: Uint8Array): string {
  const text = base64Slice.call(bytes, 0, bytes.length)
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

function malformed(what: string): RpcError {
  return failure('malformed_query', Code.invalid_argument, `query of a GET: ${what}`)
}
