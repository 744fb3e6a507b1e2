import { type ThriftReader, type ThriftWriter, Wire } from '../../codecs/thrift/wire.js'
import { Code, codeName, codeOf } from '../../core/code.js'
import type { ErrorDetail } from '../../core/error-detail.js'
import type { HeaderValue } from '../../core/headers.js'
import type { Delivery, RpcError } from '../../core/rpc-error.js'
import { headerValue } from './metadata.js'

/**
 * The parts of an error for which Thrift has no place. They are sent as one more field of the exception or the result, which other peers
 * skip:
 *
 *     struct PolywireDetail { 1: string type, 2: binary value }
 *     struct PolywireError {
 *       1: string code, 2: string message, 3: bool refused, 4: map<string, string> headers, 5: list<PolywireDetail> details
 *     }
 */
export interface ErrorStatus {
  readonly code: Code | undefined
  readonly message: string
  readonly delivery: Delivery
  /** As for `Headers.adopt`. */
  readonly headers: HeaderValue[]
  readonly details: readonly ErrorDetail[]
}

/** An error as it is sent. */
export interface SentError {
  readonly error: RpcError
  /** Its message, cut if it is too long. */
  readonly message: string
  /** The headers that fit: name, value, name, value ... */
  readonly headers: readonly string[]
  /** Its details, or none if they are too large. */
  readonly details: readonly ErrorDetail[]
}

/** The highest number that a field can have, so that no declared field has it. */
export const statusId = 32_767

/** The most levels of structs and containers within an unknown field. */
export const skipDepth = 64

/** @param withMessage whether to write the message, which a result has no other place for */
export function writeStatus(
  writer: ThriftWriter,
  { error, message, headers, details }: SentError,
  withMessage: boolean,
): void {
  writer.field(Wire.struct, statusId)
  const begun = writer.beginStruct()
  writer.field(Wire.binary, 1)
  writer.string(codeName(error.code))
  if (withMessage) {
    writer.field(Wire.binary, 2)
    writer.string(message)
  }
  if (error.delivery === 'refused') {
    writer.field(Wire.bool, 3)
    writer.bool(true)
  }
  if (headers.length > 0) {
    writer.field(Wire.map, 4)
    writer.beginMap(Wire.binary, Wire.binary, headers.length / 2)
    for (const text of headers) writer.string(text)
    writer.endMap()
  }
  if (details.length > 0) writeDetails(writer, details)
  writer.endStruct(begun)
}

/** Bytes of the types and values of details. */
export function detailsSize(details: readonly ErrorDetail[]): number {
  return details.reduce((sum, { type, value }) => sum + type.length + value.length, 0)
}

function writeDetails(writer: ThriftWriter, details: readonly ErrorDetail[]): void {
  writer.field(Wire.list, 5)
  writer.beginList(Wire.list, Wire.struct, details.length)
  for (const { type, value } of details) {
    const begun = writer.beginStruct()
    writer.field(Wire.binary, 1)
    writer.string(type)
    writer.field(Wire.binary, 2)
    writer.binary(value)
    writer.endStruct(begun)
  }
  writer.endList()
}

function readDetails(reader: ThriftReader): ErrorDetail[] {
  const size = reader.beginList(Wire.list)
  const { elementType } = reader
  const details: ErrorDetail[] = []
  for (let at = 0; at < size; at++) {
    if (elementType === Wire.struct) details.push(readDetail(reader))
    else reader.skip(elementType, skipDepth)
  }
  reader.endList()
  return details
}

function readDetail(reader: ThriftReader): ErrorDetail {
  let type = ''
  let value: Uint8Array = new Uint8Array(0)
  const begun = reader.beginStruct()
  for (let wire = reader.field(); wire !== Wire.stop; wire = reader.field()) {
    const { fieldId } = reader
    if (fieldId === 1 && wire === Wire.binary) type = reader.string()
    else if (fieldId === 2 && wire === Wire.binary) value = reader.binary()
    else reader.skip(wire, skipDepth)
  }
  reader.endStruct(begun)
  return { type, value }
}

/** @throws Fault if it is malformed */
export function readStatus(reader: ThriftReader): ErrorStatus {
  let code: Code | undefined
  let message = ''
  let delivery: Delivery = 'unknown'
  let headers: HeaderValue[] = []
  let details: readonly ErrorDetail[] = []
  const begun = reader.beginStruct()
  for (let type = reader.field(); type !== Wire.stop; type = reader.field()) {
    const { fieldId } = reader
    if (fieldId === 1 && type === Wire.binary) code = codeOf(reader.string())
    else if (fieldId === 2 && type === Wire.binary) message = reader.string()
    else if (fieldId === 3 && type === Wire.bool) delivery = reader.bool() ? 'refused' : 'unknown'
    else if (fieldId === 4 && type === Wire.map) headers = readHeaders(reader)
    else if (fieldId === 5 && type === Wire.list) details = readDetails(reader)
    else reader.skip(type, skipDepth)
  }
  reader.endStruct(begun)
  return { code: code === Code.ok ? undefined : code, message, delivery, headers, details }
}

function readHeaders(reader: ThriftReader): HeaderValue[] {
  const size = reader.beginMap()
  const { keyType, elementType } = reader
  const headers: HeaderValue[] = []
  for (let at = 0; at < size; at++) {
    if (keyType !== Wire.binary || elementType !== Wire.binary) {
      reader.skip(keyType, skipDepth)
      reader.skip(elementType, skipDepth)
      continue
    }
    const name = reader.string().toLowerCase()
    const value = headerValue(name, reader.string())
    if (value !== undefined) headers.push(name, value)
  }
  reader.endMap()
  return headers
}
