import type { DescriptorProto, FileDescriptorProto } from '../../protocols/standard-services/descriptor-messages.js'

/** What the beginning of a field or a method means, before any type of that name. Source: protobuf language specification. */
const keywords: readonly string[] = (
  'double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes ' +
  'map group optional required repeated oneof message enum extend extensions reserved option stream returns'
).split(' ')

/**
 * How a file of protobuf writes the names of types: without its own package, unless something else of that name in the file, such as a
 * method or a field, would be found first. Source: protobuf language guide, "Packages and Name Resolution".
 */
export class TypeNames {
  /** The full names that were asked for, with a leading dot. */
  readonly used = new Set<string>()
  /** Names that could be found in a scope within the file's package. */
  private readonly inner = new Set(keywords)

  constructor(private readonly file: FileDescriptorProto) {
    for (const part of file.package.split('.').slice(1)) this.inner.add(part)
    for (const message of file.messageType) this.addNested(message)
    for (const { method } of file.service) for (const { name } of method) this.inner.add(name)
  }

  /** @param full with a leading dot, as descriptors have it */
  nameOf(full: string): string {
    this.used.add(full)
    const prefix = this.file.package === '' ? '.' : `.${this.file.package}.`
    const short = full.startsWith(prefix) ? full.slice(prefix.length) : full.slice(1)
    const [first = ''] = short.split('.', 1)
    return this.inner.has(first) ? full : short
  }

  private addNested({ nestedType, enumType, field, oneofDecl }: DescriptorProto): void {
    for (const { name } of [...nestedType, ...enumType, ...field, ...oneofDecl]) this.inner.add(name)
    for (const { value } of enumType) for (const { name } of value) this.inner.add(name)
    for (const nested of nestedType) this.addNested(nested)
  }
}
