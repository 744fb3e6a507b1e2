import { protobuf } from '../../codecs/protobuf/codec.js'
import { defaultLimits } from '../../core/limits.js'
import { Field, Message } from '../../decorators/message.js'
import { FileOptions } from '../../protocols/standard-services/descriptor-messages.js'
import { bool, int32, optional, string } from '../../schema/algebra.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'
import { decoded } from '../proto/descriptor-set.js'

/**
 * The options of a file that code in other languages depends on. They are not part of `FileOptions`, which every server loads: there they are
 * unknown fields, which stay with the message.
 *
 * Source: google/protobuf/descriptor.proto.
 */
@Message('polywire.CodeOptions')
export class CodeOptions {
  @Field(1, string) javaPackage?: string
  @Field(8, string) javaOuterClassname?: string
  /** 1 speed, 2 code size, 3 lite runtime. */
  @Field(9, int32) optimizeFor?: number
  @Field(10, bool) javaMultipleFiles?: boolean
  @Field(11, string) goPackage?: string
  @Field(16, bool) ccGenericServices?: boolean
  @Field(17, bool) javaGenericServices?: boolean
  @Field(18, bool) pyGenericServices?: boolean
  @Field(27, optional(bool)) javaStringCheckUtf8?: boolean
  @Field(31, optional(bool)) ccEnableArenas?: boolean
  @Field(36, string) objcClassPrefix?: string
  @Field(37, string) csharpNamespace?: string
  @Field(39, string) swiftPrefix?: string
  @Field(40, string) phpClassPrefix?: string
  @Field(41, string) phpNamespace?: string
  @Field(44, string) phpMetadataNamespace?: string
  @Field(45, string) rubyPackage?: string
}

export function codeOptionsOf(options: FileOptions | undefined): CodeOptions {
  if (options === undefined) return new CodeOptions()
  return decoded(
    CodeOptions,
    protobuf.compile(messageSchemaOf(FileOptions) as MessageSchema, defaultLimits).encode(options),
  )
}
