import { indented } from '../lines.js'
import type { EnumModel, FieldModel, MessageModel, OneOfModel } from '../model.js'
import { camelCase, propertyOf, upperFirst } from './names.js'
import type { Scope } from './scope.js'
import { docLines, jsonText, keyText, memberText, objectText, propertyText, quoted } from './text.js'
import type { TypeText } from './type-text.js'

export function enumLines(model: EnumModel, scope: Scope): string[] {
  const name = scope.className(model.name)
  const options = objectText({
    unknown: model.unknown === null ? 'null' : model.unknown && memberText(name, model.unknown),
    properties: model.properties && jsonText(model.properties),
    memberProperties: objectText(
      Object.fromEntries(model.members.map(one => [keyText(one.name), one.properties && jsonText(one.properties)])),
    ),
  })
  const args = [name, quoted(model.name), options].filter(part => part !== undefined).join(', ')
  const members = model.members.flatMap(one => [...docLines(one), `${propertyText(one.name)} = ${one.number},`])
  return [
    ...docLines(model),
    `export enum ${name} {`,
    ...indented(members),
    '}',
    `export const ${scope.constant(model.name)} = ${scope.use('enumOf')}(${args})`,
  ]
}

/** The class of a message, with the constants of its oneOfs above it. */
export function messageLines(model: MessageModel, scope: Scope, types: TypeText): string[] {
  const name = scope.className(model.name)
  const taken = new Set<string>()
  const constants: string[] = []
  const members = model.fields.flatMap(field => {
    const key = propertyOf(field.name, taken, model.isError)
    if (field.kind === 'field') return fieldLines(field, key, scope, types)
    const constant = scope.local(camelCase(name) + upperFirst(key))
    constants.push(`const ${constant} = ${casesText(field, types)} as const`)
    const type = scope.use('OneOf', true)
    const options = objectText({
      name: field.name === key ? undefined : quoted(field.name),
      sensitive: field.sensitive ? 'true' : undefined,
    })
    const parts = [`${scope.use('oneOf')}(${constant})`, options].filter(part => part !== undefined)
    const property = field.initial === undefined ? `${key}?` : key
    const value = field.initial && ` = ${types.choice(field, field.initial)}`
    const head = `@${scope.use('Field')}(${parts.join(', ')}) ${property}: ${type}<typeof ${constant}>`
    return [...docLines(field), `${head}${value ?? ''}`]
  })
  const text = model.ownText
  const own =
    text === undefined
      ? undefined
      : text.name === 'message'
        ? `${text.number ?? true}`
        : objectText({ number: text.number === undefined ? undefined : String(text.number), name: quoted(text.name) })
  const reserved = model.reserved?.map(one => (typeof one === 'number' ? String(one) : quoted(one))) ?? []
  const options = objectText({
    message: own,
    code: model.code && quoted(model.code),
    reserved: reserved.length === 0 ? undefined : `[${reserved.join(', ')}]`,
    properties: model.properties && jsonText(model.properties),
  })
  const head = `export class ${name}${model.isError ? ` extends ${scope.use('RpcError')}` : ''}`
  return [
    ...constants,
    ...(constants.length === 0 ? [] : ['']),
    ...docLines(model),
    `@${scope.use('Message')}(${[quoted(model.name), options].filter(part => part !== undefined).join(', ')})`,
    ...(members.length === 0 ? [`${head} {}`] : [`${head} {`, ...indented(members), '}']),
  ]
}

function fieldLines(field: FieldModel, key: string, scope: Scope, types: TypeText): string[] {
  const { name, jsonName, number, presence, initial, aliases = [] } = field
  const wire = types.wire(field.type)
  const isOptional = presence === 'optional' && (initial === undefined || field.isOptional)
  const type = isOptional ? types.optional(wire, field) : wire
  const options = objectText({
    name: name === key ? undefined : quoted(name),
    jsonName: jsonName === name ? undefined : quoted(jsonName),
    aliases: aliases.length === 0 ? undefined : `[${aliases.map(quoted).join(', ')}]`,
    required: presence === 'required' ? 'true' : undefined,
    deprecated: field.deprecated ? 'true' : undefined,
    sensitive: field.sensitive ? 'true' : undefined,
    properties: field.properties && jsonText(field.properties),
  })
  const parts = [number, type, options].filter(part => part !== undefined)
  return [...docLines(field), `@${scope.use('Field')}(${parts.join(', ')}) ${key}${types.property(field)}`]
}

function casesText({ cases }: OneOfModel, types: TypeText): string {
  const texts = cases.map(({ name, jsonName = name, number, type, properties }) => {
    const wire = types.wire(type)
    const options = objectText({
      jsonName: jsonName === name ? undefined : quoted(jsonName),
      properties: properties && jsonText(properties),
    })
    const parts = [number, wire, options].filter(part => part !== undefined)
    return `${keyText(name)}: ${parts.length === 1 ? wire : `[${parts.join(', ')}]`}`
  })
  const line = `{ ${texts.join(', ')} }`
  const isShort = line.length <= 110 && cases.every(one => docLines(one).length === 0)
  const lines = cases.flatMap((one, at) => [...docLines(one), `${texts[at]},`])
  return isShort ? line : ['{', ...indented(lines), '}'].join('\n')
}
