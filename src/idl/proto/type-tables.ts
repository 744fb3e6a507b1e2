import type {
  DescriptorProto,
  EnumDescriptorProto,
  FileDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'

/** The names of a file's messages and enums, with a leading dot. */
export function typeNames({ package: pack, messageType, enumType }: FileDescriptorProto): string[] {
  const within = (
    scope: string,
    messages: readonly DescriptorProto[],
    enums: readonly EnumDescriptorProto[],
  ): string[] => [
    ...enums.map(({ name }) => `${scope}.${name}`),
    ...messages.flatMap(one => [
      `${scope}.${one.name}`,
      ...within(`${scope}.${one.name}`, one.nestedType, one.enumType),
    ]),
  ]
  return within(pack === '' ? '' : `.${pack}`, messageType, enumType)
}

/** The members of each enum that are its zero, by its name with a leading dot. */
export function enumZeros(files: readonly FileDescriptorProto[]): Map<string, readonly string[]> {
  const zeros = new Map<string, readonly string[]>()
  const add = (scope: string, { enumType }: Pick<DescriptorProto, 'enumType'>) => {
    for (const { name, value } of enumType) {
      const named = value.filter(one => (one.number ?? 0) === 0)
      // Without a zero it is the first, as in `schema/message.ts`.
      zeros.set(
        `${scope}.${name}`,
        (named.length === 0 ? value.slice(0, 1) : named).map(one => one.name),
      )
    }
  }
  const within = (scope: string, message: DescriptorProto) => {
    add(`${scope}.${message.name}`, message)
    for (const nested of message.nestedType) within(`${scope}.${message.name}`, nested)
  }
  for (const file of files) {
    const scope = file.package === '' ? '' : `.${file.package}`
    add(scope, file)
    for (const message of file.messageType) within(scope, message)
  }
  return zeros
}
