import { misuse } from '../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import { isClass, isStream, messageSchemaOf } from '../schema/resolve.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class, ValueType } from '../schema/type.js'
import { checks } from './contract-checks.js'
import type { ArgumentDeclaration, MethodDeclaration } from './declaration.js'
import { argumentsOf, designParameters } from './declarations.js'
import { typeFromDesign } from './design-type.js'
import { streamedTypeOf, wholeTypeOf } from './whole-type.js'
import { fieldOf, messageOf, valueMessage } from './wrapper-message.js'

interface MethodPlace {
  readonly where: string
  readonly owner: Class
  /** The name of the message that positional arguments make. */
  readonly messageName: string
}

interface Place extends MethodPlace {
  readonly design: readonly unknown[] | undefined
  /** Whether the argument at that index has a default value. Only the source tells; a page writes each argument that it has. */
  hasDefault(index: number): boolean
}

interface ReadParameters {
  readonly input: MessageSchema
  readonly style: MethodSchema['parameters']
}

/** The request of a method: from `accepts`, else from `args` or its `@Arg`s, else the class of its only parameter. */
export function readParameters(method: MethodPlace, declaration: MethodDeclaration): ReadParameters {
  const { where, owner, messageName } = method
  const accepts = declaration.shape?.accepts
  const design = designParameters(owner, declaration.key)
  const written = checks?.parameters(where, owner, declaration)
  const place = { ...method, design, hasDefault: (index: number) => written?.hasDefault(index) ?? true }
  const count = written?.count ?? argumentsOf(declaration).size
  if (accepts !== undefined) {
    const type = isStream(accepts) ? streamedTypeOf(accepts, where) : wholeTypeOf(accepts, where)
    checks?.onlyParameter(where, type.kind, count)
    if (type.kind === 'message') return { input: type.message, style: 'message' }
    if (type.kind === 'nothing') return { input: messageOf(messageName, []), style: 'positional' }
    if (isStream(accepts)) return { input: valueMessage(messageName, type), style: 'value' }
    return { input: messageOf(messageName, [fieldOf('value', 1, type, place.hasDefault(0))]), style: 'positional' }
  }
  if (argumentsOf(declaration).size > 0) {
    const fields = Array.from({ length: count }, (_, at) => argumentField(place, declaration, at))
    checks?.argumentOrder(where, owner, declaration, fields)
    checks?.fields(where, fields)
    return { input: messageOf(messageName, fields), style: 'positional' }
  }
  const only = design?.[0]
  const message = (written?.count ?? design?.length) === 1 && isClass(only) ? messageSchemaOf(only) : undefined
  if (message !== undefined) return { input: message, style: 'message' }
  if (count === 0) return { input: messageOf(messageName, []), style: 'positional' }
  throw checks?.requestWithoutType(where) ?? misuse('parameter_without_type', `${where} has no accepts`)
}

function argumentField(place: Place, declaration: MethodDeclaration, index: number): FieldSchema {
  checks?.describedArgument(place.where, declaration, index)
  const argument = argumentsOf(declaration).get(index) as ArgumentDeclaration
  const { number, name } = argument
  const where = `${place.where}(${name})`
  const type =
    argument.type === undefined
      ? typeFromDesign(place.design?.[index], where, `Arg(${number}, '${name}', `)
      : wholeTypeOf(argument.type, where)
  checks?.argument(where, type)
  const field = fieldOf(name, number, type as ValueType, place.hasDefault(index))
  return checks?.withOptions(field, place.owner, declaration.key, argument) ?? field
}
