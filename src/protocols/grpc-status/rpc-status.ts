import type { Serializer } from '../../codecs/codec.js'
import { protobuf } from '../../codecs/protobuf/codec.js'
import type { ErrorDetail } from '../../core/error-detail.js'
import { defaultLimits } from '../../core/limits.js'
import { RpcError } from '../../core/rpc-error.js'
import { Field, Message } from '../../decorators/message.js'
import { bytes, int32, listOf, string } from '../../schema/algebra.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'

/** The `google.rpc.Status` in `grpc-status-details-bin`. */
export interface RpcStatus {
  readonly code: number
  readonly message: string
  readonly details: readonly ErrorDetail[]
}

// Their names are not those of protobuf, because an application may have classes of those.

/** google/protobuf/any.proto */
@Message('polywire.RpcStatusDetail')
class Any {
  @Field(1, string) type_url = ''
  @Field(2, bytes) value: Uint8Array = new Uint8Array(0)
}

/** googleapis/google/rpc/status.proto */
@Message('polywire.RpcStatus')
class Status {
  @Field(1, int32) code = 0
  @Field(2, string) message = ''
  @Field(3, listOf(Any)) details: Any[] = []
}

const typePrefix = 'type.googleapis.com/'
let made: Serializer<Status> | undefined

function serializer(): Serializer<Status> {
  made ??= protobuf.compile(messageSchemaOf(Status) as MessageSchema<Status>, defaultLimits)
  return made
}

export function encodeStatus({ code, message, details }: RpcStatus): Uint8Array {
  const packed = details.map(({ type, value }) => {
    const type_url = type.toWellFormed()
    return { type_url: type_url.includes('/') ? type_url : typePrefix + type_url, value }
  })
  return serializer().encode({ code, message: message.toWellFormed(), details: packed })
}

/** @returns undefined if the bytes are not such a message: then `grpc-status` still counts */
export function decodeStatus(received: Uint8Array): RpcStatus | undefined {
  try {
    const { code, message, details } = serializer().decode(received)
    return { code, message, details: details.map(({ type_url, value }) => ({ type: lastPart(type_url), value })) }
  } catch (error) {
    if (error instanceof RpcError) return undefined
    throw error
  }
}

function lastPart(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}
