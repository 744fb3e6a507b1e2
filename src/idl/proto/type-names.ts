import type { DescriptorProto, FileDescriptorProto } from '../../protocols/standard-services/descriptor-messages.js'

/**
 * How a file of protobuf writes the names of types: without its own package, unless another type of the file, or a part of its package, would
 * be found first. Source: protobuf language guide, "Packages and Name Resolution".
 */
export class TypeNames {
  private readonly inner = new Set<string>()

  constructor(private readonly file: FileDescriptorProto) {
    for (const part of file.package.split('.').slice(1)) this.inner.add(part)
    for (const message of file.messageType) this.addNested(message)
  }

  /** @param full with a leading dot, as descriptors have it */
  nameOf(full: string): string {
    const prefix = this.file.package === '' ? '.' : `.${this.file.package}.`
    const short = full.startsWith(prefix) ? full.slice(prefix.length) : full.slice(1)
    const [first = ''] = short.split('.', 1)
    return this.inner.has(first) ? full : short
  }

  private addNested({ nestedType, enumType }: DescriptorProto): void {
    for (const { name } of [...nestedType, ...enumType]) this.inner.add(name)
    for (const nested of nestedType) this.addNested(nested)
  }
}
