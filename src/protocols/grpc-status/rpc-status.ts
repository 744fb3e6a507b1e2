import type { Serializer } from '../../codecs/codec.js'
import { protobuf } from '../../codecs/protobuf/codec.js'
import { RpcStatus as RpcStatusMessage } from '../../contracts/polywire/rpc_status.js'
import type { ErrorDetail } from '../../core/error-detail.js'
import { defaultLimits } from '../../core/limits.js'
import { RpcError } from '../../core/rpc-error.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'

/** The `google.rpc.Status` in `grpc-status-details-bin`. */
export interface RpcStatus {
  readonly code: number
  readonly message: string
  readonly details: readonly ErrorDetail[]
}

const typePrefix = 'type.googleapis.com/'
let made: Serializer<RpcStatusMessage> | undefined

function serializer(): Serializer<RpcStatusMessage> {
  made ??= protobuf.compile(messageSchemaOf(RpcStatusMessage) as MessageSchema<RpcStatusMessage>, defaultLimits)
  return made
}

export function encodeStatus({ code, message, details }: RpcStatus): Uint8Array {
  const packed = details.map(({ type, value }) => {
    const name = type.toWellFormed()
    return { typeUrl: name.includes('/') ? name : typePrefix + name, value }
  })
  return serializer().encode({ code, message: message.toWellFormed(), details: packed })
}

/** @returns undefined if the bytes are not such a message: then `grpc-status` still counts */
export function decodeStatus(received: Uint8Array): RpcStatus | undefined {
  try {
    const { code, message, details } = serializer().decode(received)
    return { code, message, details: details.map(({ typeUrl, value }) => ({ type: lastPart(typeUrl), value })) }
  } catch (error) {
    if (error instanceof RpcError) return undefined
    throw error
  }
}

function lastPart(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}
