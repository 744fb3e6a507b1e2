import { AvroReader } from '../../../codecs/avro/reader.js'
import { Fault } from '../../../codecs/values/fault.js'
import { RpcError } from '../../../core/rpc-error.js'
import { readHandshakeRequest } from '../handshake.js'
import { Metadata } from '../metadata.js'
import type { HandshakeAnswer, ServerHandshakes } from './handshakes.js'

export interface IntroductionOptions {
  readonly handshakes: ServerHandshakes
  /** Bytes of metadata. */
  readonly headerBytes: number
  /** Of an HTTP request. */
  readonly path?: string | undefined
}

/**
 * Reads the handshake in front of a request; the reader then stands where the call begins.
 * @throws Fault where it is none
 */
export function introduce(from: AvroReader, { handshakes, headerBytes, path }: IntroductionOptions): HandshakeAnswer {
  const request = readHandshakeRequest(from)
  const message = request.clientProtocol === undefined ? nameBehind(from.fork(), headerBytes) : undefined
  return handshakes.answer(request, { message, path })
}

/** The name of the message behind a handshake: it can be read whatever the client's protocol is. */
function nameBehind(from: AvroReader, limit: number): string | undefined {
  try {
    new Metadata(from, limit)
    return from.string()
  } catch (error) {
    if (error instanceof Fault || error instanceof RpcError) return undefined
    throw error
  }
}
