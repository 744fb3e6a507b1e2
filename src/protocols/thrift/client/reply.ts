import { Kind, type ThriftReader } from '../../../codecs/thrift/wire.js'
import { asInvalidMessage, Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { HeaderValue } from '../../../core/headers.js'
import { RpcError } from '../../../core/rpc-error.js'
import { unreadableReply } from '../../failures.js'
import { applicationException } from '../application-exception.js'
import { splitTrailers, writeHeaders } from '../metadata.js'
import { bareName } from '../names.js'
import { writeTimeout } from '../timeout.js'
import type { BoundMethod } from './bound-method.js'

/**
 * Reads a reply after its message header.
 * @throws RpcError the server's error, or `internal` (`malformed_reply`) if it cannot be read
 */
export function readReply(reader: ThriftReader, { result, schema }: BoundMethod): unknown {
  try {
    if (reader.kind === Kind.reply) {
      if (reader.name !== schema.name) checkName(reader.name, schema.name)
      return result.read(reader)
    }
    if (reader.kind === Kind.exception) throw applicationException.read(reader, schema.path)
    throw new Fault(`a message of kind ${reader.kind}, where a reply (2) or an exception (3) belongs`)
  } catch (cause) {
    if (cause instanceof RpcError) throw cause
    throw unreadable(cause, schema.path)
  }
}

/** @throws Fault for the reply of another method */
function checkName(name: string, expected: string): void {
  if (bareName(name) !== expected) throw new Fault(`it is a reply of ${JSON.stringify(name.slice(0, 100))}`)
}

export function unreadable(cause: unknown, path: string): RpcError {
  return unreadableReply(asInvalidMessage(cause, 'the reply'), path)
}

/** @param headers headers and trailers in one set */
export function receiveHeaders(call: ActiveCall, headers: readonly HeaderValue[]): void {
  if (headers.length === 0) return
  const { headers: head, trailers } = splitTrailers(headers)
  call.receiveReplyHeaders(head)
  call.receiveReplyTrailers(trailers)
}

/** The headers of a request, on transports that have headers: name, value, name, value ... */
export function headersOf(call: ActiveCall): readonly string[] {
  const list: string[] = []
  writeTimeout(call.deadline - call.clock.now(), list)
  if (call.previousAttempts > 0) list.push('grpc-previous-rpc-attempts', String(call.previousAttempts))
  // `call.headers` would create them.
  const headers = call.headersIfAny
  if (headers !== undefined) writeHeaders(headers, list)
  return list
}
