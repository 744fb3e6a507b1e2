/** The program that the conformance runner starts and talks to: requests on stdin, responses on stdout, each behind four bytes of length. */
import { readSync, writeSync } from 'node:fs'
import type { Codec, Serializer } from '../../../src/codecs/codec.js'
import { json } from '../../../src/codecs/json/codec.js'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import type { MessageSchema } from '../../../src/schema/message.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import { ConformanceRequest, ConformanceResponse, TestAllTypesProto3, WireFormat } from './generated/messages.js'

function compile<T>(codec: Codec, type: new () => T): Serializer<T> {
  return codec.compile(messageSchemaOf(type) as MessageSchema<T>, { depth: 64, values: 262_144 })
}

const requests = compile(protobuf, ConformanceRequest)
const responses = compile(protobuf, ConformanceResponse)
const binary = compile(protobuf, TestAllTypesProto3)
const text = compile(json, TestAllTypesProto3)

type Result = NonNullable<ConformanceResponse['result']>

function answer({ payload, message_type, requested_output_format: format }: ConformanceRequest): Result {
  if (message_type === 'conformance.FailureSet') return { case: 'protobufPayload', value: new Uint8Array(0) }
  if (message_type !== 'protobuf_test_messages.proto3.TestAllTypesProto3') {
    return { case: 'skipped', value: `polywire's messages are those of proto3; there is no ${message_type}` }
  }
  if (format !== WireFormat.PROTOBUF && format !== WireFormat.JSON)
    return { case: 'skipped', value: 'only binary and JSON' }
  let message: TestAllTypesProto3
  try {
    if (payload?.case === 'protobufPayload') message = binary.decode(payload.value)
    else if (payload?.case === 'jsonPayload') message = text.decode(Buffer.from(payload.value))
    else return { case: 'skipped', value: 'only binary and JSON' }
  } catch (error) {
    return { case: 'parseError', value: String(error) }
  }
  try {
    if (format === WireFormat.PROTOBUF) return { case: 'protobufPayload', value: binary.encode(message) }
    return { case: 'jsonPayload', value: Buffer.from(text.encode(message)).toString() }
  } catch (error) {
    return { case: 'serializeError', value: String(error) }
  }
}

/** @returns undefined at the end of the input */
function read(length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; ) {
    const count = readSync(0, bytes, at, length - at, null)
    if (count === 0) return undefined
    at += count
  }
  return bytes
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at)
}

for (let head = read(4); head !== undefined; head = read(4)) {
  const body = read(head.readUInt32LE(0))
  if (body === undefined) break
  const reply = Buffer.from(responses.encodeAfter?.({ result: answer(requests.decode(body)) }, 4) ?? [])
  reply.writeUInt32LE(reply.length - 4, 0)
  write(reply)
}
