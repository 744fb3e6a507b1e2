import { protobuf } from '../../codecs/protobuf/codec.js'
import { defaultLimits } from '../../core/limits.js'
import { FileDescriptorProto, FileDescriptorSet } from '../../protocols/standard-services/descriptor-messages.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'
import type { Class } from '../../schema/type.js'

/** A set with the comments of 10,000 messages has more values than a call may have. */
const limits = { ...defaultLimits, values: 100_000_000 }

/** @throws RpcError for bytes that are no FileDescriptorSet */
export function decodeDescriptorSet(bytes: Uint8Array): FileDescriptorProto[] {
  return decoded(FileDescriptorSet, bytes).file
}

/** @throws RpcError for bytes that are no FileDescriptorProto */
export function decodeDescriptor(bytes: Uint8Array): FileDescriptorProto {
  return decoded(FileDescriptorProto, bytes)
}

/** @throws RpcError for bytes that are no such message */
export function decoded<T>(type: Class<T>, bytes: Uint8Array): T {
  return protobuf.compile(messageSchemaOf(type) as MessageSchema<T>, limits).decode(bytes)
}
