import type { AliasModel, EnumModel, MessageModel, MethodModel, ServiceModel, SourceModel } from './model.js'
import { namesIn, namesOf, namesOfMethod } from './typescript/order.js'

/** All files as one, with what several of them declare once. Constants keep their packages, and two of one name are two. */
export function merged(files: readonly SourceModel[]): SourceModel {
  const [first, ...others] = files
  return {
    source: first?.source ?? '',
    path: 'contract',
    doc: others.length === 0 ? first?.doc : undefined,
    enums: distinct(files.flatMap(one => one.enums)),
    messages: distinct(files.flatMap(one => one.messages)),
    constants: distinct(
      files.flatMap(({ constants, pack = '' }) => constants.map(one => ({ ...one, pack: one.pack ?? pack }))),
      ({ pack, name }) => `${pack}.${name}`,
    ),
    aliases: distinct(files.flatMap(one => one.aliases ?? [])),
    services: distinct(files.flatMap(one => one.services)),
  }
}

/**
 * One declaration and all that it uses.
 * @param name the full name of a service, a method (`hello.Hello/SayHello`) or a type
 */
export function narrowed(model: SourceModel, name: string): SourceModel {
  const [root = '', method] = name.split('/')
  const services = model.services.map(one =>
    method === undefined || one.name !== root
      ? one
      : { ...one, base: undefined, methods: methodsNamed(method, one, model.services) },
  )
  const aliases = model.aliases ?? []
  const declared = [...model.messages, ...aliases, ...services, ...model.enums]
  const byName = new Map(declared.map(one => [one.name, one]))
  const used = new Set([root])
  // The set grows while it is walked.
  for (const one of used) for (const next of usedBy(byName.get(one))) used.add(next)
  const isUsed = (one: { readonly name: string }) => used.has(one.name)
  return {
    ...model,
    doc: undefined,
    constants: [],
    enums: model.enums.filter(isUsed),
    messages: model.messages.filter(isUsed),
    aliases: aliases.filter(isUsed),
    services: services.filter(isUsed),
  }
}

/** One of the service itself, or one that it inherits. */
function methodsNamed(name: string, service: ServiceModel, all: readonly ServiceModel[]): readonly MethodModel[] {
  const own = service.methods.filter(one => one.name === name)
  const base = own.length > 0 ? undefined : all.find(one => one.name === service.base)
  return base === undefined ? own : methodsNamed(name, base, all)
}

function usedBy(model: MessageModel | AliasModel | ServiceModel | EnumModel | undefined): readonly string[] {
  if (model === undefined || 'members' in model) return []
  if ('fields' in model) return model.fields.flatMap(namesIn)
  if ('type' in model) return namesOf(model.type)
  return [...(model.base === undefined ? [] : [model.base]), ...model.methods.flatMap(namesOfMethod)]
}

function distinct<T extends { readonly name: string }>(list: readonly T[], keyOf = ({ name }: T) => name): T[] {
  return [...new Map(list.map(one => [keyOf(one), one])).values()]
}
