import { protobuf } from '../../codecs/protobuf/codec.js'
import { defaultLimits } from '../../core/limits.js'
import { Field, Message } from '../../decorators/message.js'
import { FileDescriptorProto } from '../../protocols/standard-services/descriptor-messages.js'
import { int32, listOf, optional, string, uint64 } from '../../schema/algebra.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'
import type { WrittenFile } from '../format.js'
import { isOwn } from '../read-source.js'
import { Refusal } from '../refusal.js'
import { writeTypeScript } from '../typescript/write.js'
import { decoded } from './descriptor-set.js'
import { readDescriptors } from './read.js'

// The parts of google/protobuf/compiler/plugin.proto that a plugin needs, with its numbers.

@Message('google.protobuf.compiler.CodeGeneratorRequest')
export class CodeGeneratorRequest {
  @Field(1, listOf(string)) fileToGenerate: string[] = []
  @Field(2, string) parameter = ''
  @Field(15, listOf(FileDescriptorProto)) protoFile: FileDescriptorProto[] = []
}

@Message('google.protobuf.compiler.CodeGeneratorResponse.File')
export class GeneratedFile {
  @Field(1, string) name = ''
  @Field(15, string) content = ''
}

@Message('google.protobuf.compiler.CodeGeneratorResponse')
export class CodeGeneratorResponse {
  @Field(1, optional(string)) error?: string
  @Field(2, uint64) supportedFeatures = 0n
  @Field(3, optional(int32)) minimumEdition?: number
  @Field(4, optional(int32)) maximumEdition?: number
  @Field(15, listOf(GeneratedFile)) file: GeneratedFile[] = []
}

/** FEATURE_PROTO3_OPTIONAL and FEATURE_SUPPORTS_EDITIONS: without these, compilers refuse files that have what they name. */
const supportedFeatures = 3n
/** EDITION_PROTO2 and EDITION_2023. */
const editions = { minimumEdition: 998, maximumEdition: 1000 } as const

/**
 * Answers protoc or buf. What is wrong with a source is part of the answer: the compiler prints it and fails.
 * @param note takes what is written though not all of it can be kept
 * @throws RpcError for bytes that are no request
 */
export function runPlugin(bytes: Uint8Array, note: (text: string) => void): Uint8Array {
  const response = new CodeGeneratorResponse()
  Object.assign(response, { supportedFeatures, ...editions })
  try {
    const written = generated(decoded(CodeGeneratorRequest, bytes), note)
    response.file = written.map(({ path, text }) => Object.assign(new GeneratedFile(), { name: path, content: text }))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    response.error = error.message
  }
  const schema = messageSchemaOf(CodeGeneratorResponse) as MessageSchema<CodeGeneratorResponse>
  return protobuf.compile(schema, defaultLimits).encode(response)
}

function generated(
  { fileToGenerate, parameter, protoFile }: CodeGeneratorRequest,
  note: (text: string) => void,
): WrittenFile[] {
  const { from, to } = optionsOf(parameter)
  const sourceOf = (name: string) => (from === '' ? name : `${from}/${name}`)
  const { files, notes } = readDescriptors(protoFile, fileToGenerate, sourceOf)
  for (const text of notes) note(text)
  const written = writeTypeScript(files, ({ source }) => (to === '' ? source : `${source} -o ${to}`))
  // What other files use is theirs to generate, but for what no project has as a source.
  const asked = new Set(fileToGenerate.map(name => name.replace(/\.proto$/, '.ts')))
  return written.filter(({ path }) => asked.has(path) || !isOwn(path))
}

function optionsOf(parameter: string): { readonly from: string; readonly to: string } {
  const options = { from: '', to: '' }
  for (const part of parameter.split(',').filter(one => one !== '')) {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(part) ?? []
    if (name !== 'from' && name !== 'to')
      throw new Refusal('protoc-gen-polywire', `the option ${part}`, 'write from=DIR or to=DIR')
    options[name] = value.replace(/\/$/, '')
  }
  return options
}
