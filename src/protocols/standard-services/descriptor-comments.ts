import type {
  DescriptorProto,
  EnumDescriptorProto,
  FileDescriptorProto,
  SourceCodeInfo,
  SourceLocation,
} from './descriptor-messages.js'

/** The descriptions of what descriptors describe. Protobuf keeps them as comments beside the descriptors, by place in the file. */
export class Comments {
  private readonly byDescriptor = new Map<object, string>()

  /** @returns the descriptor */
  add<D extends object>(descriptor: D, doc: string | undefined): D {
    if (doc !== undefined) this.byDescriptor.set(descriptor, doc)
    return descriptor
  }

  /** The file with its comments. */
  within(file: FileDescriptorProto): FileDescriptorProto {
    const location = [...this.inFile(file)]
    return location.length === 0 ? file : { ...file, sourceCodeInfo: { location } satisfies SourceCodeInfo }
  }

  // The numbers are those of the fields in google/protobuf/descriptor.proto.

  private *inFile({ messageType, enumType, service }: FileDescriptorProto): Generator<SourceLocation> {
    for (const [at, one] of messageType.entries()) yield* this.inMessage(one, [4, at])
    for (const [at, one] of enumType.entries()) yield* this.inEnum(one, [5, at])
    for (const [at, one] of service.entries()) {
      yield* this.of(one, [6, at])
      for (const [index, method] of one.method.entries()) yield* this.of(method, [6, at, 2, index])
    }
  }

  private *inMessage(message: DescriptorProto, path: readonly number[]): Generator<SourceLocation> {
    yield* this.of(message, path)
    for (const [at, one] of message.field.entries()) yield* this.of(one, [...path, 2, at])
    for (const [at, one] of message.nestedType.entries()) yield* this.inMessage(one, [...path, 3, at])
    for (const [at, one] of message.enumType.entries()) yield* this.inEnum(one, [...path, 4, at])
    for (const [at, one] of message.oneofDecl.entries()) yield* this.of(one, [...path, 8, at])
  }

  private *inEnum(one: EnumDescriptorProto, path: readonly number[]): Generator<SourceLocation> {
    yield* this.of(one, path)
    for (const [at, value] of one.value.entries()) yield* this.of(value, [...path, 2, at])
  }

  private *of(descriptor: object, path: readonly number[]): Generator<SourceLocation> {
    const doc = this.byDescriptor.get(descriptor)
    if (doc === undefined) return
    // As protoc keeps a comment of `//`: with the space behind it, and a line break at the end.
    const leadingComments = doc
      .split('\n')
      .map(line => (line === '' ? '\n' : ` ${line}\n`))
      .join('')
    yield { path: [...path], span: [...noSpan], leadingComments, trailingComments: '' }
  }
}

/** There is no source. Some readers refuse a span of another length. */
const noSpan = [0, 0, 0]
