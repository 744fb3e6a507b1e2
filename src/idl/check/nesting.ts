import type { FieldModel, MessageModel, OneOfModel, SourceModel, TypeModel } from '../model.js'

/** The package of the messages that stand for a list, a set or a map within another one, and for a union. */
export const nestingPackage = 'polywire.nested'

/** The model with an empty message in the place of each container within another one and of each union, which descriptors cannot have. */
export function withoutNesting(model: SourceModel): SourceModel {
  const names = new Set<string>()
  const element = (type: TypeModel): TypeModel => {
    if (type.kind === 'scalar' || type.kind === 'named') return type
    const name = `${nestingPackage}.${textOf(type)}`
    names.add(name)
    return { kind: 'named', name }
  }
  const flat = (type: TypeModel): TypeModel => {
    if (type.kind === 'union') return element(type)
    if (type.kind === 'map') return { kind: 'map', key: element(type.key), value: element(type.value) }
    return type.kind === 'list' || type.kind === 'set' ? { kind: type.kind, element: element(type.element) } : type
  }
  const field = <T extends FieldModel | OneOfModel>(one: T): T =>
    one.kind === 'field'
      ? { ...one, type: flat(one.type) }
      : { ...one, cases: one.cases.map(each => ({ ...each, type: element(each.type) })) }
  const messages = model.messages.map(one => ({ ...one, fields: one.fields.map(field) }))
  const services = model.services.map(service => ({
    ...service,
    methods: service.methods.map(({ input, output, ...method }) => ({
      ...method,
      input: 'args' in input ? { args: input.args.map(field) } : input,
      output: output && flat(output),
    })),
  }))
  return { ...model, services, messages: [...messages, ...Array.from(names, emptyMessage)] }
}

function emptyMessage(name: string): MessageModel {
  return { name, localName: name, isError: false, fields: [] }
}

/** `list_double` */
function textOf(type: TypeModel): string {
  switch (type.kind) {
    case 'scalar':
    case 'named':
      return type.name.replaceAll('.', '_')
    case 'map':
      return `map_${textOf(type.key)}_${textOf(type.value)}`
    case 'union':
      return ['union', ...type.branches.map(textOf), ...(type.isNullable ? ['null'] : [])].join('_')
    default:
      return `${type.kind}_${textOf(type.element)}`
  }
}
