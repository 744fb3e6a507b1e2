import type {
  DescriptorProto,
  EnumDescriptorProto,
  FileDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import { Refusal } from '../refusal.js'

/**
 * Names that protobuf wants to differ, though they are in different places of the classes: enum members stand beside their enum, not in it,
 * and so beside the types and services of the package, or beside the fields of the message around it.
 * @throws Refusal for two things of one name
 */
export function checkUniqueNames(file: FileDescriptorProto): void {
  const scope = new Scope(file.package)
  for (const { name } of file.messageType) scope.add(`message ${name}`, name)
  for (const { name } of file.service) scope.add(`service ${name}`, name)
  scope.addEnums(file.enumType)
  for (const message of file.messageType) checkMessage(file.package, message)
}

function checkMessage(outer: string, { name, field, oneofDecl, nestedType, enumType }: DescriptorProto): void {
  const full = outer === '' ? name : `${outer}.${name}`
  const scope = new Scope(full)
  const own = new Set(field.filter(one => one.proto3Optional).map(one => one.oneofIndex))
  for (const one of field) scope.add(`field ${one.name}`, one.name)
  // The oneof of an optional field has a name that no source says.
  for (const [at, one] of oneofDecl.entries()) if (!own.has(at)) scope.add(`oneof ${one.name}`, one.name)
  for (const one of nestedType) scope.add(one.options?.mapEntry ? `a map of the name` : `message ${one.name}`, one.name)
  scope.addEnums(enumType)
  for (const one of nestedType) checkMessage(full, one)
}

/** A package or a message. */
class Scope {
  /** What has a name already: `message Order`, `enum State` for one of its members. */
  private readonly owners = new Map<string, string>()

  constructor(private readonly name: string) {}

  add(what: string, name: string): void {
    const other = this.owners.get(name)
    if (other !== undefined)
      throw new Refusal(this.name, what, `${other} has that name too, and protobuf wants them to differ; rename one`)
    this.owners.set(name, what)
  }

  addEnums(enums: readonly EnumDescriptorProto[]): void {
    for (const { name } of enums) this.add(`enum ${name}`, name)
    for (const one of enums) this.addMembers(one)
  }

  private addMembers({ name, value }: EnumDescriptorProto): void {
    const full = this.name === '' ? name : `${this.name}.${name}`
    const bare = new Map<string, (typeof value)[number]>()
    for (const member of value) {
      const other = this.owners.get(member.name)
      if (other !== undefined)
        throw new Refusal(
          full,
          `member ${member.name}`,
          `${owner(other)} that name too, and protobuf wants them to differ within a package; begin each with its enum's name`,
        )
      this.owners.set(member.name, `a member of enum ${name}`)
      const short = withoutPrefix(member.name, name)
      const similar = bare.get(short)
      // Of one number they are aliases.
      if (similar !== undefined && (similar.number ?? 0) !== (member.number ?? 0))
        throw new Refusal(
          full,
          `member ${member.name}`,
          `protobuf takes it for the same name as ${similar.name}, since only case, _ or the enum's name differ; rename one`,
        )
      bare.set(short, member)
    }
  }
}

function owner(what: string): string {
  return what.startsWith('a member of ') ? `${what.slice('a member of '.length)} has one of` : `${what} has`
}

/** What protobuf compares members by. Source: descriptor.cc, `CheckEnumValueUniqueness`. */
function withoutPrefix(member: string, name: string): string {
  const prefix = name.replaceAll('_', '').toLowerCase()
  let length = 0
  let at = 0
  for (; at < member.length && length < prefix.length; at++) {
    if (member[at] === '_') continue
    if (member[at]?.toLowerCase() !== prefix[length]) break
    length++
  }
  const rest = length === prefix.length ? member.slice(at).replace(/^_+/, '') : ''
  return (rest === '' ? member : rest).toLowerCase().replace(/(?:^|_)_*(.)?/g, (_, letter = '') => letter.toUpperCase())
}
