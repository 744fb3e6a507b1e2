import type {
  AliasModel,
  FieldModel,
  MessageModel,
  MethodModel,
  OneOfModel,
  ServiceModel,
  TypeModel,
} from '../model.js'

/** Messages and aliases, each behind those it uses, except in a cycle; else in the order of the source. */
export function inOrderOfUse(models: readonly (MessageModel | AliasModel)[]): (MessageModel | AliasModel)[] {
  return ordered(models, model => ('fields' in model ? model.fields.flatMap(namesIn) : namesOf(model.type)))
}

/** Services, each behind the one it extends. */
export function inOrderOfBase(services: readonly ServiceModel[]): ServiceModel[] {
  return ordered(services, ({ base }) => (base === undefined ? [] : [base]))
}

function ordered<M extends { readonly name: string }>(
  models: readonly M[],
  uses: (model: M) => readonly string[],
): M[] {
  const byName = new Map(models.map(model => [model.name, model]))
  const order = new Set<M>()
  const visited = new Set<M>()
  for (const first of models) {
    // Without recursion: a chain of 10,000 messages would be as deep as that.
    const stack = [first]
    for (let model = stack.at(-1); model !== undefined; model = stack.at(-1)) {
      const isNew = !visited.has(model)
      visited.add(model)
      const next = isNew ? uses(model).map(name => byName.get(name)) : []
      const waiting = next.filter((one): one is M => one !== undefined && !visited.has(one))
      stack.push(...waiting.reverse())
      if (waiting.length > 0) continue
      order.add(model)
      stack.pop()
    }
  }
  return [...order]
}

/** The full names of the types of a field. */
export function namesIn(field: FieldModel | OneOfModel): string[] {
  return field.kind === 'oneof' ? field.cases.flatMap(({ type }) => namesOf(type)) : namesOf(field.type)
}

/** The full names of the types of a method, and of its errors. */
export function namesOfMethod({ input, output, throws }: MethodModel): string[] {
  const taken = 'message' in input ? [input.message] : input.args.flatMap(namesIn)
  return [...taken, ...(output === undefined ? [] : namesOf(output)), ...throws]
}

/** The full names of the messages, enums and aliases in a type. */
export function namesOf(type: TypeModel): string[] {
  return type.alias === undefined ? partsOf(type) : [type.alias, ...partsOf(type)]
}

function partsOf(type: TypeModel): string[] {
  switch (type.kind) {
    case 'scalar':
      return []
    case 'named':
      return [type.name]
    case 'list':
    case 'set':
      return namesOf(type.element)
    case 'union':
      return type.branches.flatMap(namesOf)
    case 'map':
      return [...namesOf(type.key), ...namesOf(type.value)]
  }
}
