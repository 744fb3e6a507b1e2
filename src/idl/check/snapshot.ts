import { serviceOf } from '../../decorators/read-service.js'
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FileDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import { lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import { describe } from '../../protocols/standard-services/descriptors.js'
import { messageSchemaOf } from '../../schema/resolve.js'
import { classesOf } from '../classes.js'
import type { Contract } from '../format.js'
import { type Lock, lockText } from '../lock/format.js'
import { readLock } from '../lock/read.js'
import { enumLines, lockOf } from '../lock/write.js'
import type { ConstantModel, EnumModel, ReadModel, ReservedModel, SourceModel } from '../model.js'
import { isOwn } from '../read-source.js'
import { withoutNesting } from './nesting.js'

/** A contract as `check` compares it: brought into the form of a lock, so that it does not matter what it was read from. */
export interface Snapshot {
  readonly contract: Contract
  readonly lock: Lock
  /** By the full names of messages and enums. */
  readonly reserved: ReadonlyMap<string, ReservedModel>
  /** The full names of services that others extend, by those of the others. */
  readonly bases: ReadonlyMap<string, string>
  readonly constants: ReadonlyMap<string, ConstantModel>
  /** Of the source itself, with its files; undefined if it is not protobuf. */
  readonly descriptors: readonly FileDescriptorProto[] | undefined
}

/** The snapshot of classes. @param read what their source says besides, if they were made of one */
export function snapshotOf(contract: Contract, read?: Pick<ReadModel, 'files' | 'descriptors'>): Snapshot {
  const files = read?.files ?? []
  const reserved = reservedIn(files)
  const used = lockOf(contract, reserved)
  // A class names every enum that it uses; a file can have others.
  const lock = { ...used, enums: { ...enumLines(files, reserved), ...used.enums } }
  const model = readLock(lock)
  return {
    contract: contractOfModels([model]),
    lock,
    reserved,
    bases: new Map(
      files.flatMap(one => one.services).flatMap(({ name, base }) => (base ? [[name, base] as const] : [])),
    ),
    constants: new Map(files.flatMap(one => one.constants).map(one => [one.name, one])),
    descriptors: read?.descriptors,
  }
}

/** The snapshot of what an interface definition says. */
export function snapshotOfModels(read: ReadModel): Snapshot {
  return snapshotOf(contractOfModels(read.files), read)
}

/** The classes of models. A service without methods is none to polywire, and is left out. */
export function contractOfModels(files: readonly SourceModel[]): Contract {
  const { services, messages } = classesOf(files)
  const models = new Map(files.flatMap(one => one.services).map(one => [one.name, one]))
  const hasMethods = (name: string): boolean => {
    const model = models.get(name)
    return model !== undefined && (model.methods.length > 0 || (model.base !== undefined && hasMethods(model.base)))
  }
  return {
    services: [...services].filter(([name]) => hasMethods(name)).map(([, type]) => serviceOf(type)),
    messages: [...messages.values()].flatMap(type => messageSchemaOf(type) ?? []),
  }
}

function reservedIn(files: readonly SourceModel[]): Map<string, ReservedModel> {
  const all = files.flatMap(({ messages, enums }) => [...messages, ...enums])
  return new Map(all.flatMap(({ name, reserved }) => (reserved === undefined ? [] : [[name, reserved] as const])))
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

function described({ contract, lock, reserved }: Snapshot): Files {
  let files: Files
  try {
    files = describe(contract.services, contract.messages)
  } catch (error) {
    // A list within a list, which protobuf does not have; by name JSON carries it all the same.
    if (!(error instanceof TypeError)) throw error
    const flat = contractOfModels([withoutNesting(readLock(lock))])
    files = describe(flat.services, flat.messages)
  }
  addUnusedEnums(files, readLock(lock).enums)
  for (const { package: pack, messageType, enumType } of files) addReserved(pack, { messageType, enumType }, reserved)
  return files.filter(({ name }) => isOwn(name))
}

/** Those that no field uses, which descriptors of classes do not have. */
function addUnusedEnums(files: Files, enums: readonly EnumModel[]): void {
  for (const { name, members } of enums) {
    const list = enumsIn(files, packageOf(name))
    if (list === undefined || list.some(one => one.name === lastName(name))) continue
    list.push({ name: lastName(name), value: members.map(one => ({ ...one })) })
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

interface Types {
  readonly messageType: readonly DescriptorProto[]
  readonly enumType: readonly EnumDescriptorProto[]
}

function addReserved(scope: string, { messageType, enumType }: Types, all: Snapshot['reserved']): void {
  const nameIn = (name: string) => (scope === '' ? name : `${scope}.${name}`)
  for (const one of messageType) {
    const reserved = all.get(nameIn(one.name))
    if (reserved !== undefined) {
      one.reservedRange = reserved.ranges.map(([start, last]) => ({ start, end: last + 1 }))
      one.reservedName = [...reserved.names]
    }
    addReserved(nameIn(one.name), { messageType: one.nestedType, enumType: one.enumType }, all)
  }
  for (const one of enumType) {
    const reserved = all.get(nameIn(one.name))
    if (reserved === undefined) continue
    one.reservedRange = reserved.ranges.map(([start, end]) => ({ start, end }))
    one.reservedName = [...reserved.names]
  }
}
