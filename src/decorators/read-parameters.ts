import { misuse } from '../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import { isClass, isStream, messageSchemaOf } from '../schema/resolve.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { checkFields } from './check-fields.js'
import { designParameters, type MethodDeclaration } from './declarations.js'
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

/** The request of a method: from `accepts`, else from its `@Arg`s, else the class of its only parameter. */
export function readParameters(method: MethodPlace, declaration: MethodDeclaration): Parameters {
  const accepts = declaration.shape?.accepts
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
  if (declaration.arguments.size > 0) {
    const fields = Array.from({ length: count }, (_, at) => argumentField(place, declaration, design, at))
    checkFields(place.where, fields, false)
    return { input: messageOf(place.messageName, fields), style: 'positional' }
  }
  if (count === 0) return { input: messageOf(place.messageName, []), style: 'positional' }
  const only = design?.[0]
  const message = count === 1 && isClass(only) ? messageSchemaOf(only) : undefined
  if (message !== undefined) return { input: message, style: 'message' }
  throw misuse(
    'parameter_without_type',
    `${place.where}: the type of its request is unknown; write @Method({ accepts: TheRequest, returns: ... }), or @Arg(1, 'name', type) before each parameter`,
  )
}

/** A second parameter beside `accepts` would get nothing. */
function checkOnly({ where }: Place, { kind }: { readonly kind: string }, count: number): void {
  if (kind === 'nothing' && count > 0)
    throw misuse('parameter_without_type', `${where}: accepts: nothing, but it has a parameter; leave one of them out`)
  if (count <= 1) return
  throw misuse(
    'parameter_without_type',
    `${where}: accepts is the type of its only parameter, but it has ${count}; leave out accepts and write @Arg(1, 'name', type) before each, or write @Context() before the call`,
  )
}

function argumentField(
  place: Place,
  declaration: MethodDeclaration,
  design: readonly unknown[] | undefined,
  index: number,
): FieldSchema {
  const argument = declaration.arguments.get(index)
  if (argument === undefined) {
    throw misuse(
      'parameter_without_type',
      `${place.where}: parameter ${index + 1} has no @Arg; write @Arg(${index + 1}, 'name', type) before it`,
    )
  }
  const { number, name } = argument
  const where = `${place.where}(${name})`
  const type =
    argument.type === undefined
      ? typeFromDesign(design?.[index], where, `Arg(${number}, '${name}', `)
      : wholeTypeOf(argument.type, where)
  if (type.kind === 'nothing')
    throw misuse('misplaced_type', `${where}: nothing cannot be the type of an argument; leave it out`)
  return fieldOf(name, number, type, hasDefault(place.written[index]))
}

/** Whether absence must arrive as such. An empty list, set or map is what an absent one is anyway, also where protobuf cannot tell. */
function hasDefault(parameter: WrittenParameter | undefined): boolean {
  return parameter?.initial !== undefined && !/^(?:\[\s*\]|new (?:Set|Map)\(\))$/.test(parameter.initial)
}

/** Parameters other than the context. */
function parameterCount(
  place: Place,
  { arguments: described, contextIndex }: MethodDeclaration,
  design: readonly unknown[] | undefined,
): number {
  const written = design?.length ?? place.written.length
  const all = Math.max(written, ...[...described.keys()].map(at => at + 1))
  if (contextIndex === undefined) return all
  if (contextIndex < all - 1)
    throw misuse('misplaced_context', `${place.where}: @Context() must be on the last parameter; move it there`)
  return contextIndex
}
