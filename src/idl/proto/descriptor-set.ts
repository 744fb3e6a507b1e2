import { protobuf } from '../../codecs/protobuf/codec.js'
import { defaultLimits } from '../../core/limits.js'
import { RpcError } from '../../core/rpc-error.js'
import { FileDescriptorProto, FileDescriptorSet } from '../../protocols/standard-services/descriptor-messages.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'
import type { Class } from '../../schema/type.js'
import { Refusal } from '../refusal.js'

/** A set with the comments of 10,000 messages has more values than a call may have. */
const limits = { ...defaultLimits, values: 100_000_000 }

/** @throws Refusal for bytes that are not a FileDescriptorSet, or have no file */
export function decodeDescriptorSet(path: string, bytes: Uint8Array): FileDescriptorProto[] {
  const { file } = set(path, bytes)
  if (file.length > 0) return file
  throw new Refusal(path, 'the descriptor set', 'it has no files')
}

function set(path: string, bytes: Uint8Array): FileDescriptorSet {
  try {
    return decoded(FileDescriptorSet, bytes)
  } catch (error) {
    throw error instanceof RpcError ? new Refusal(path, 'the descriptor set', error.message) : error
  }
}

/** @throws RpcError for bytes that are no FileDescriptorProto */
export function decodeDescriptor(bytes: Uint8Array): FileDescriptorProto {
  return decoded(FileDescriptorProto, bytes)
}

/** @throws RpcError for bytes that are no such message */
export function decoded<T>(type: Class<T>, bytes: Uint8Array): T {
  return protobuf.compile(messageSchemaOf(type) as MessageSchema<T>, limits).decode(bytes)
}
