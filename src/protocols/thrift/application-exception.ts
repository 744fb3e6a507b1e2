import { type ThriftReader, type ThriftWriter, Wire } from '../../codecs/thrift/wire.js'
import { Code } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'
import { type ErrorStatus, readStatus, type SentError, skipDepth, statusId, writeStatus } from './error-status.js'
import { adopted } from './metadata.js'

/** Thrift's exception for an error that is not declared. Source: Apache Thrift, "thrift-rpc.md", and its TApplicationException. */
export const ApplicationError = {
  unknown: 0,
  unknown_method: 1,
  invalid_message_type: 2,
  wrong_method_name: 3,
  bad_sequence_id: 4,
  missing_result: 5,
  internal_error: 6,
  protocol_error: 7,
  invalid_transform: 8,
  invalid_protocol: 9,
  unsupported_client_type: 10,
} as const

/** By type. `internal` if the peer could not read this side's bytes; `invalid_argument` if it found the request wrong. */
const codes: readonly Code[] = [
  Code.unknown,
  Code.unimplemented,
  Code.invalid_argument,
  Code.internal,
  Code.internal,
  Code.internal,
  Code.internal,
  Code.invalid_argument,
  Code.unimplemented,
  Code.unimplemented,
  Code.unimplemented,
]

const unreadable: ReadonlySet<string> = new Set(['invalid_message', 'malformed_frame', 'malformed_json'])

function typeOf(error: RpcError): number {
  if (error.reason === 'invalid_message_type') return ApplicationError.invalid_message_type
  if (error.reason === 'unsupported_transform') return ApplicationError.invalid_transform
  if (error.reason === 'unsupported_protocol') return ApplicationError.invalid_protocol
  if (error.reason !== undefined && unreadable.has(error.reason)) return ApplicationError.protocol_error
  switch (error.code) {
    case Code.unimplemented:
      return ApplicationError.unknown_method
    case Code.unknown:
      return ApplicationError.unknown
    default:
      return ApplicationError.internal_error
  }
}

export const applicationException = {
  write(writer: ThriftWriter, sent: SentError): void {
    const begun = writer.beginStruct()
    writer.field(Wire.binary, 1)
    writer.string(sent.message)
    writer.field(Wire.i32, 2)
    writer.i32(typeOf(sent.error))
    writeStatus(writer, sent, false)
    writer.endStruct(begun)
  },

  /**
   * Reads the rest of an exception.
   * @param where the method, for an exception without a message
   * @throws Fault if it is malformed or does not end there
   */
  read(reader: ThriftReader, where: string): RpcError {
    let message = ''
    let type = 0
    let status: ErrorStatus | undefined
    const begun = reader.beginStruct()
    for (let wire = reader.field(); wire !== Wire.stop; wire = reader.field()) {
      const { fieldId } = reader
      if (fieldId === 1 && wire === Wire.binary) message = reader.string()
      else if (fieldId === 2 && wire === Wire.i32) type = reader.i32()
      else if (fieldId === statusId && wire === Wire.struct) status = readStatus(reader)
      else reader.skip(wire, skipDepth)
    }
    reader.endStruct(begun)
    reader.endMessage()
    reader.finish()
    const headers = adopted(status?.headers ?? [])
    const text = message === '' ? `${where}: the server answered with an exception of type ${type}` : message
    return new RpcError(text, status?.code ?? codes[type] ?? Code.unknown, {
      delivery: status?.delivery ?? (type === ApplicationError.unknown_method ? 'refused' : 'unknown'),
      details: status?.details ?? [],
      ...(headers === undefined ? {} : { headers }),
    })
  },
}
