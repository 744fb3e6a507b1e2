import { protobuf } from '../../codecs/protobuf/codec.js'
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../../contracts/grpc/reflection/v1/reflection.js'
import { Code } from '../../core/code.js'
import { defaultLimits } from '../../core/limits.js'
import { Service } from '../../decorators/service.js'
import { Timeout } from '../../policies/timeout.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'
import type { ServiceSchema } from '../../schema/service.js'
import { type DescriptorProto, FileDescriptorProto } from './descriptor-messages.js'
import { describe } from './descriptors.js'

/** What a server answers to one request. */
export type ReflectionAnswer = NonNullable<ServerReflectionResponse['messageResponse']>

/**
 * Tells tools such as grpcurl the services and messages of a server. The descriptors are made of the classes on the first request. Source:
 * grpc/doc/server-reflection.md.
 */
@Service()
export class Reflection extends ServerReflection {
  private index: DescriptorIndex | undefined

  constructor(private readonly services: () => readonly ServiceSchema[]) {
    super()
  }

  @Timeout({ total: Number.POSITIVE_INFINITY })
  override async *serverReflectionInfo(
    requests: AsyncIterable<ServerReflectionRequest>,
  ): AsyncIterable<ServerReflectionResponse> {
    this.index ??= new DescriptorIndex(this.services())
    for await (const request of requests) {
      const messageResponse = this.index.answer(request)
      yield { validHost: request.host, originalRequest: request, messageResponse }
    }
  }
}

/** The version of older tools, with the same messages. */
@Service('grpc.reflection.v1alpha.ServerReflection')
export class ReflectionV1Alpha extends Reflection {}

/** The descriptors as bytes, by file and by symbol. */
class DescriptorIndex {
  private readonly files = new Map<string, FileDescriptorProto>()
  private readonly bytes = new Map<string, Uint8Array>()
  private readonly homes = new Map<string, string>()
  private readonly names: readonly string[]

  constructor(services: readonly ServiceSchema[]) {
    const serializer = protobuf.compile(
      messageSchemaOf(FileDescriptorProto) as MessageSchema<FileDescriptorProto>,
      defaultLimits,
    )
    this.names = services.map(service => service.name)
    for (const file of describe(services)) {
      this.files.set(file.name, file)
      this.bytes.set(file.name, serializer.encode(file))
      for (const symbol of symbolsOf(file)) this.homes.set(symbol, file.name)
    }
  }

  answer({ messageRequest: asked }: ServerReflectionRequest): ReflectionAnswer {
    switch (asked?.case) {
      case 'list_services':
        return { case: 'list_services_response', value: { service: this.names.map(name => ({ name })) } }
      case 'file_by_filename':
        return this.file(asked.value, `there is no file ${asked.value}`)
      case 'file_containing_symbol':
        return this.file(this.homes.get(asked.value) ?? '', `there is no symbol ${asked.value}`)
      case 'all_extension_numbers_of_type':
        if (this.homes.has(asked.value))
          return {
            case: 'all_extension_numbers_response',
            value: { baseTypeName: asked.value, extensionNumber: [] },
          }
        return notFound(`there is no type ${asked.value}`)
      case 'file_containing_extension':
        return notFound('proto3 has no extensions')
      default:
        return errorAnswer(Code.invalid_argument, 'the request asks for nothing that is known')
    }
  }

  private file(name: string, otherwise: string): ReflectionAnswer {
    if (!this.files.has(name)) return notFound(otherwise)
    const wanted = new Set([name])
    for (const each of wanted) for (const dependency of this.files.get(each)?.dependency ?? []) wanted.add(dependency)
    const fileDescriptorProto = [...wanted].map(each => this.bytes.get(each)).filter(bytes => bytes !== undefined)
    return { case: 'file_descriptor_response', value: { fileDescriptorProto } }
  }
}

function* symbolsOf(file: FileDescriptorProto): Generator<string> {
  const prefix = file.package === '' ? '' : `${file.package}.`
  for (const { name, method } of file.service) {
    yield prefix + name
    for (const one of method) yield `${prefix}${name}.${one.name}`
  }
  for (const { name } of file.enumType) yield prefix + name
  for (const message of file.messageType) yield* symbolsIn(message, prefix)
}

function* symbolsIn(message: DescriptorProto, prefix: string): Generator<string> {
  const name = prefix + message.name
  yield name
  for (const field of message.field) yield `${name}.${field.name}`
  for (const one of message.enumType) yield `${name}.${one.name}`
  for (const one of message.nestedType) yield* symbolsIn(one, `${name}.`)
}

function notFound(message: string): ReflectionAnswer {
  return errorAnswer(Code.not_found, message)
}

function errorAnswer(errorCode: Code, errorMessage: string): ReflectionAnswer {
  return { case: 'error_response', value: { errorCode, errorMessage } }
}
