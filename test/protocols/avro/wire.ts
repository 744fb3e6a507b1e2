import { AvroReader } from '../../../src/codecs/avro/reader.js'
import { AvroWriter } from '../../../src/codecs/avro/writer.js'
import { serviceOf } from '../../../src/decorators/read-service.js'
import type { Framing } from '../../../src/protocols/avro/framing.js'
import { type HandshakeRequest, writeHandshakeRequest } from '../../../src/protocols/avro/handshake.js'
import { MessageDecoder } from '../../../src/protocols/avro/message-decoder.js'
import { protocolOf } from '../../../src/protocols/avro/protocol-schema.js'
import { Shop } from './fixture.js'

/** The protocol of the fixture, as a client of it has it. */
export const shopProtocol = protocolOf(serviceOf(Shop), serviceOf(Shop).methods)

export function written(write: (out: AvroWriter) => void): Buffer {
  const out = new AvroWriter()
  write(out)
  return Buffer.from(out.finish())
}

export function handshake(request: Partial<HandshakeRequest> = {}): Buffer {
  const { hash } = shopProtocol
  return written(out =>
    writeHandshakeRequest(out, { clientHash: hash, clientProtocol: undefined, serverHash: hash, ...request }),
  )
}

/** Empty metadata, the name of a message, and its parameters. */
export function call(name: string, parameters: (out: AvroWriter) => void = () => {}): Buffer {
  return written(out => {
    out.int(0)
    out.string(name)
    parameters(out)
  })
}

export function frame(framing: Framing, serial: number, ...buffers: Buffer[]): Buffer {
  return written(out => {
    if (framing === 'netty') {
      out.int32(serial)
      out.int32(buffers.length)
    }
    for (const buffer of buffers) {
      out.int32(buffer.length)
      out.raw(buffer)
    }
    if (framing === 'framed') out.int32(0)
  })
}

/** What `frame` made. */
export function unframe(framing: Framing, bytes: Buffer): { serial: number; bytes: Buffer }[] {
  const messages: { serial: number; bytes: Buffer }[] = []
  const decoder = new MessageDecoder(framing, 2 ** 30, {
    message: (serial, from) => messages.push({ serial, bytes: Buffer.from(from.raw(from.left)) }),
    oversized: () => {},
  })
  decoder.push(bytes)
  return messages
}

/** Metadata, the error flag, and what stands behind it. */
export function reply(bytes: Buffer): { error: string | undefined; code: string | undefined; from: AvroReader } {
  const from = new AvroReader(bytes)
  let code: string | undefined
  for (let count = from.block(); count > 0; count = from.block()) {
    const name = from.string()
    const value = from.latin1()
    if (name === 'error-code') code = value
  }
  if (!from.boolean()) return { error: undefined, code, from }
  from.int()
  return { error: from.string(), code, from }
}
