import type {
  DescriptorProto,
  EnumDescriptorProto,
  FileDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import { Refusal } from '../refusal.js'

/**
 * protobuf's enum members stand beside their enum, not in it, so two enums of one package cannot have a member of the same name.
 * @throws Refusal for two such members
 */
export function checkEnumMembers(file: FileDescriptorProto): void {
  checkScope(file.package, file)
  for (const message of file.messageType) checkMessage(file.package, message)
}

function checkMessage(scope: string, message: DescriptorProto): void {
  const name = scope === '' ? message.name : `${scope}.${message.name}`
  checkScope(name, message)
  for (const nested of message.nestedType) checkMessage(name, nested)
}

function checkScope(scope: string, { enumType }: { readonly enumType: readonly EnumDescriptorProto[] }): void {
  const owners = new Map<string, string>()
  for (const { name, value } of enumType) {
    for (const member of value) {
      const other = owners.get(member.name)
      if (other !== undefined && other !== name)
        throw new Refusal(
          scope === '' ? name : `${scope}.${name}`,
          `member ${member.name}`,
          `enum ${other} has one of that name too, and protobuf wants them to differ within a package; begin each with its enum's name`,
        )
      owners.set(member.name, name)
    }
  }
}
