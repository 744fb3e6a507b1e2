import { AvroReader } from '../../../codecs/avro/reader.js'
import { Fault } from '../../../codecs/values/fault.js'
import { RpcError } from '../../../core/rpc-error.js'
import { readHandshakeRequest } from '../handshake.js'
import { Metadata } from '../metadata.js'
import type { HandshakeAnswer, ServerHandshakes } from './handshakes.js'

export interface IntroductionOptions {
  readonly handshakes: ServerHandshakes
  /** The most bytes of metadata. */
  readonly headerBytes: number
  /** The path of an HTTP request. */
  readonly path?: string | undefined
}

/**
 * Reads the handshake before a request. The reader is then at the start of the call.
 * @throws Fault if it is not a handshake
 */
export function introduce(from: AvroReader, { handshakes, headerBytes, path }: IntroductionOptions): HandshakeAnswer {
  const request = readHandshakeRequest(from)
  const message = request.clientProtocol === undefined ? nameBehind(from.fork(), headerBytes) : undefined
  return handshakes.answer(request, { message, path })
}

/** The name of the message after a handshake. It can be read without the client's protocol. */
function nameBehind(from: AvroReader, limit: number): string | undefined {
  try {
    new Metadata(from, limit)
    return from.string()
  } catch (error) {
    if (error instanceof Fault || error instanceof RpcError) return undefined
    throw error
  }
}
