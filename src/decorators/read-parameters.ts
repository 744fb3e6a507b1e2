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

interface Place {
  readonly where: string
  readonly owner: Class
  /** The name of the message that positional arguments make. */
  readonly messageName: string
}

export interface Parameters {
  readonly input: MessageSchema
  readonly style: MethodSchema['parameters']
}

/** The request of a method: from `accepts`, else from its `@Arg`s, else the class of its only parameter. */
export function readParameters(place: Place, declaration: MethodDeclaration): Parameters {
  const accepts = declaration.shape?.accepts
  const design = designParameters(place.owner, declaration.key)
  const count = parameterCount(place, declaration, design)
  if (accepts !== undefined) {
    const type = isStream(accepts) ? streamedTypeOf(accepts, place.where) : wholeTypeOf(accepts, place.where)
    if (type.kind === 'message') return { input: type.message, style: 'message' }
    if (type.kind === 'nothing') return { input: messageOf(place.messageName, []), style: 'positional' }
    return { input: valueMessage(place.messageName, type), style: isStream(accepts) ? 'value' : 'positional' }
  }
  if (declaration.arguments.size > 0) {
    const fields = Array.from({ length: count }, (_, at) => argumentField(place, declaration, design, at))
    checkFields(place.where, fields, false)
    return { input: messageOf(place.messageName, fields), style: 'positional' }
  }
  if (count === 0 && !(design === undefined && hidesParameter(place.owner, declaration)))
    return { input: messageOf(place.messageName, []), style: 'positional' }
  const only = design?.[0]
  const message = count === 1 && isClass(only) ? messageSchemaOf(only) : undefined
  if (message !== undefined) return { input: message, style: 'message' }
  throw misuse(
    'parameter_without_type',
    `${place.where}: the type of its request is unknown; write @Method({ accepts: TheRequest, returns: ... }), or @Arg(1, 'name', type) before each parameter`,
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
  return fieldOf(name, number, type)
}

/**
 * `Function.length` ends before the first parameter with a default value. If the compiler emits no types, only the source tells `greet(name
 * = 'you')` from a method without parameters, whose arguments would be lost silently.
 */
function hidesParameter(owner: Class, { key, contextIndex }: MethodDeclaration): boolean {
  const method: unknown = (owner.prototype as Record<string, unknown>)[key]
  if (contextIndex !== undefined || typeof method !== 'function') return false
  const source = Function.prototype.toString.call(method).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  const first = /\(\s*([^)\s]*)/.exec(source)?.[1] ?? ''
  return first !== '' && !first.startsWith('...')
}

/** Parameters other than the context. */
function parameterCount(
  { owner, where }: Place,
  { key, arguments: described, contextIndex }: MethodDeclaration,
  design: readonly unknown[] | undefined,
): number {
  const method: unknown = (owner.prototype as Record<string, unknown>)[key]
  const written = design?.length ?? (typeof method === 'function' ? method.length : 0)
  const all = Math.max(written, ...[...described.keys()].map(at => at + 1))
  if (contextIndex === undefined) return all
  if (contextIndex < all - 1)
    throw misuse('misplaced_context', `${where}: @Context() must be on the last parameter; move it there`)
  return contextIndex
}
