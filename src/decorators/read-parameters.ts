import { misuse } from '../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import { isClass, isStream, messageSchemaOf } from '../schema/resolve.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { checkFields } from './check-fields.js'
import { type ArgumentDeclaration, designParameters, type MethodDeclaration } from './declarations.js'
import { typeFromDesign } from './design-type.js'
import { streamedTypeOf, wholeTypeOf } from './whole-type.js'
import { fieldOf, messageOf, valueMessage } from './wrapper-message.js'
import { type WrittenParameter, writtenParameters } from './written-parameters.js'

interface MethodPlace {
  readonly where: string
  readonly owner: Class
  /** The name of the message that positional arguments make. */
  readonly messageName: string
}

interface Place extends MethodPlace {
  readonly written: readonly WrittenParameter[]
}

export interface Parameters {
  readonly input: MessageSchema
  readonly style: MethodSchema['parameters']
}

/** The request of a method: from `accepts`, else from `args` or its `@Arg`s, else the class of its only parameter. */
export function readParameters(method: MethodPlace, declaration: MethodDeclaration): Parameters {
  const accepts = declaration.shape?.accepts
  refuseSeveral(method.where, declaration)
  const design = designParameters(method.owner, declaration.key)
  const written = writtenParameters((method.owner.prototype as Record<string, unknown>)[declaration.key])
  const place = { ...method, written }
  const count = parameterCount(place, declaration, design)
  if (accepts !== undefined) {
    const type = isStream(accepts) ? streamedTypeOf(accepts, place.where) : wholeTypeOf(accepts, place.where)
    checkOnly(place, type, count)
    if (type.kind === 'message') return { input: type.message, style: 'message' }
    if (type.kind === 'nothing') return { input: messageOf(place.messageName, []), style: 'positional' }
    if (isStream(accepts)) return { input: valueMessage(place.messageName, type), style: 'value' }
    const value = fieldOf('value', 1, type, hasDefault(written[0]))
    return { input: messageOf(place.messageName, [value]), style: 'positional' }
  }
  if (argumentsOf(declaration).size > 0) {
    const fields = Array.from({ length: count }, (_, at) => argumentField(place, declaration, design, at))
    if (declaration.shape?.arguments !== undefined) checkOrder(place, fields)
    checkFields(place.where, fields, false)
    return { input: messageOf(place.messageName, fields), style: 'positional' }
  }
  if (count === 0) return { input: messageOf(place.messageName, []), style: 'positional' }
  const only = design?.[0]
  const message = count === 1 && isClass(only) ? messageSchemaOf(only) : undefined
  if (message !== undefined) return { input: message, style: 'message' }
  throw misuse(
    'parameter_without_type',
    `${place.where}: the type of its request is unknown; ` +
      `write @Method({ accepts: TheRequest, returns: ... }), or args: { name: type } for positional arguments`,
  )
}

/** `accepts`, `args` and `@Arg` each describe all parameters. */
function refuseSeveral(where: string, { shape, arguments: described }: MethodDeclaration): void {
  const ways = [
    ...(shape?.accepts === undefined ? [] : ['accepts']),
    ...(shape?.arguments === undefined ? [] : ['args']),
    ...(described.size === 0 ? [] : ['@Arg']),
  ]
  if (shape?.arguments !== undefined && ways.length > 1)
    throw misuse('misplaced_option', `${where}: ${ways.join(' and ')} both describe its parameters; write one of them`)
}

/** A second parameter beside `accepts` would get nothing. */
function checkOnly({ where }: Place, { kind }: { readonly kind: string }, count: number): void {
  if (kind === 'nothing' && count > 0)
    throw misuse('parameter_without_type', `${where}: accepts: nothing, but it has a parameter; leave one of them out`)
  if (count <= 1) return
  throw misuse(
    'parameter_without_type',
    `${where}: accepts is the type of its only parameter, but it has ${count}; ` +
      `write args: { name: type, ... } instead; if one of them is the call, leave it out and use currentCall()`,
  )
}

function argumentField(
  place: Place,
  declaration: MethodDeclaration,
  design: readonly unknown[] | undefined,
  index: number,
): FieldSchema {
  const argument = argumentsOf(declaration).get(index)
  if (argument === undefined) {
    const how =
      declaration.shape?.arguments === undefined
        ? `has no @Arg; write @Arg(${index + 1}, 'name', type) before it`
        : `is not in args; add its name and type, args: { ..., name: type }, or leave it out`
    throw misuse('parameter_without_type', `${place.where}: parameter ${index + 1} ${how}`)
  }
  const { number, name, aliases } = argument
  const where = `${place.where}(${name})`
  const type =
    argument.type === undefined
      ? typeFromDesign(design?.[index], where, `Arg(${number}, '${name}', `)
      : wholeTypeOf(argument.type, where)
  if (type.kind === 'nothing')
    throw misuse('misplaced_type', `${where}: nothing cannot be the type of an argument; leave it out`)
  const field = fieldOf(name, number, type, hasDefault(place.written[index]))
  return aliases === undefined ? field : Object.freeze({ ...field, aliases })
}

/** Those of `args`, else those with `@Arg`. */
function argumentsOf({ shape, arguments: described }: MethodDeclaration): ReadonlyMap<number, ArgumentDeclaration> {
  return shape?.arguments ?? described
}

/** `args` has its properties in the order of the parameters. Only the source of the method shows names, unless a minifier changed them. */
function checkOrder({ where, written }: Place, fields: readonly FieldSchema[]): void {
  const names = fields.map(field => field.name)
  for (const [at, { name }] of written.entries()) {
    if (name === undefined || names[at] === undefined || name === names[at] || !names.includes(name)) continue
    throw misuse(
      'misordered_arguments',
      `${where}: parameter ${at + 1} is called ${name}, but argument ${at + 1} is ${names[at]}; ` +
        `write the arguments in the order of the parameters`,
    )
  }
}

/** Whether absence must arrive as such. An empty list, set or map is what an absent one is anyway, also where protobuf cannot tell. */
function hasDefault(parameter: WrittenParameter | undefined): boolean {
  return parameter?.initial !== undefined && !/^(?:\[\s*\]|new (?:Set|Map)\(\))$/.test(parameter.initial)
}

/** Parameters other than the context. */
function parameterCount(place: Place, declaration: MethodDeclaration, design: readonly unknown[] | undefined): number {
  const { contextIndex } = declaration
  const written = design?.length ?? place.written.length
  const all = Math.max(written, ...[...argumentsOf(declaration).keys()].map(at => at + 1))
  if (contextIndex === undefined) return all
  if (contextIndex < all - 1)
    throw misuse('misplaced_context', `${place.where}: @Context() must be on the last parameter; move it there`)
  return contextIndex
}
