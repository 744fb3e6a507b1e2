import { serviceOf } from '../../decorators/read-service.js'
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FileDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import { lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import { describe } from '../../protocols/standard-services/descriptors.js'
import { reservedRange } from '../../schema/reserved.js'
import { messageSchemaOf } from '../../schema/resolve.js'
import { classesOf } from '../classes.js'
import type { Contract } from '../format.js'
import { type Lock, lockText } from '../lock/format.js'
import { readLock } from '../lock/read.js'
import { enumLines, lockOf } from '../lock/write.js'
import type { EnumModel, ReadModel, SourceModel, TypeModel } from '../model.js'
import { contractOf } from '../module-contract.js'
import { isOwn } from '../read-source.js'
import { initialText } from '../typescript/initial-text.js'
import { withoutNesting } from './nesting.js'

/** A contract as `check` compares it: brought into the form of a lock, so that it does not matter what it was read from. */
export interface Snapshot {
  readonly contract: Contract
  readonly lock: Lock
  /** The full names of services that others extend, by those of the others. */
  readonly bases: ReadonlyMap<string, string>
  /** The type of each constant, by its full name, and its value as text. */
  readonly constants: ReadonlyMap<string, { readonly type: TypeModel; readonly value: string }>
  /** Of the source itself, with its files; undefined if it is not protobuf. */
  readonly descriptors: readonly FileDescriptorProto[] | undefined
}

/** The snapshot of classes. @param read what their source says besides, if they were made of one */
export function snapshotOf(contract: Contract, read?: Pick<ReadModel, 'files' | 'descriptors'>): Snapshot {
  const files = read?.files ?? []
  const used = lockOf(contract)
  // A file can have enums that no class uses, and can reserve members.
  const lock = { ...used, enums: { ...used.enums, ...enumLines(files) } }
  const model = readLock(lock)
  return {
    contract: contractOfModels([model]),
    lock,
    bases: new Map(
      files.flatMap(one => one.services).flatMap(({ name, base }) => (base ? [[name, base] as const] : [])),
    ),
    constants: constantTexts(files),
    descriptors: read?.descriptors,
  }
}

function constantTexts(files: readonly SourceModel[]): Snapshot['constants'] {
  const messages = new Map(files.flatMap(one => one.messages).map(one => [one.name, one]))
  const names = { className: lastName, messageOf: (name: string) => messages.get(name) }
  const texts = files.flatMap(file =>
    file.constants.map(({ name, pack = file.pack, type, value }) => {
      return [pack ? `${pack}.${name}` : name, { type, value: initialText(value, type, names) }] as const
    }),
  )
  return new Map(texts)
}

/** The snapshot of what an interface definition says. */
export function snapshotOfModels(read: ReadModel): Snapshot {
  return snapshotOf(contractOfModels(read.files), read)
}

/** What models declare, as classes. A service without methods is left out, because polywire has no such services. */
export function contractOfModels(files: readonly SourceModel[]): Contract {
  const { services, messages, others } = classesOf(files)
  const models = new Map(files.flatMap(one => one.services).map(one => [one.name, one]))
  const hasMethods = (name: string): boolean => {
    const model = models.get(name)
    return model !== undefined && (model.methods.length > 0 || (model.base !== undefined && hasMethods(model.base)))
  }
  return {
    ...contractOf(others),
    services: [...services].filter(([name]) => hasMethods(name)).map(([, type]) => serviceOf(type)),
    messages: [...messages.values()].flatMap(type => messageSchemaOf(type) ?? []),
  }
}

/** The text of a snapshot's lock. */
export function lockTextOf({ lock }: Snapshot): string {
  return lockText(lock)
}

/** Descriptors of both: those of their sources if both have some, else those that classes have, one file for a package. */
export function descriptorsOf(before: Snapshot, after: Snapshot): [Files, Files] {
  if (before.descriptors !== undefined && after.descriptors !== undefined)
    return [before.descriptors.filter(({ name }) => isOwn(name)), after.descriptors.filter(({ name }) => isOwn(name))]
  return [described(before), described(after)]
}

type Files = readonly FileDescriptorProto[]

function described({ contract, lock }: Snapshot): Files {
  let files: Files
  try {
    files = describe(contract.services, contract.messages)
  } catch (error) {
    // A list within a list, which protobuf does not have; by name JSON carries it all the same.
    if (!(error instanceof TypeError)) throw error
    const flat = contractOfModels([withoutNesting(readLock(lock))])
    files = describe(flat.services, flat.messages)
  }
  addEnums(files, readLock(lock).enums)
  return files.filter(({ name }) => isOwn(name))
}

/** Adds what descriptors of classes do not have: enums that no field uses, and what enums reserve. */
function addEnums(files: Files, enums: readonly EnumModel[]): void {
  for (const { name, members, reserved = [] } of enums) {
    const list = enumsIn(files, packageOf(name))
    let one = list?.find(each => each.name === lastName(name))
    if (one === undefined) {
      one = { name: lastName(name), value: members.map(member => ({ ...member })) }
      list?.push(one)
    }
    for (const entry of reserved) {
      const range = reservedRange(entry)
      if (range === undefined) one.reservedName = [...(one.reservedName ?? []), String(entry)]
      else one.reservedRange = [...(one.reservedRange ?? []), { start: range[0], end: range[1] }]
    }
  }
}

/** The enums of a package or a message. */
function enumsIn(files: Files, scope: string): EnumDescriptorProto[] | undefined {
  const file = files.find(one => one.package === scope)
  if (file !== undefined) return file.enumType
  return messagesIn(files, packageOf(scope)).find(one => one.name === lastName(scope))?.enumType
}

function messagesIn(files: Files, scope: string): readonly DescriptorProto[] {
  const file = files.find(one => one.package === scope)
  if (file !== undefined || scope === '') return file?.messageType ?? []
  return messagesIn(files, packageOf(scope)).find(one => one.name === lastName(scope))?.nestedType ?? []
}
