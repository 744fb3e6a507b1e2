import { misuse } from '../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import { isClass, isStream, messageSchemaOf, typeOf } from '../schema/resolve.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { type ArgumentDeclaration, designParameters, type MethodDeclaration } from './declarations.js'
import { typeFromDesign } from './design-type.js'
import { fieldOf, messageOf, valueMessage } from './wrapper-message.js'

interface Place {
  readonly where: string
  readonly owner: Class
  /** Name of the message that positional arguments make. */
  readonly messageName: string
}

export interface Parameters {
  readonly input: MessageSchema
  readonly style: MethodSchema['parameters']
}

/** What one request of the method is: what `accepts` says, else what the `@Arg`s make, else the class of the one parameter. */
export function readParameters(place: Place, declaration: MethodDeclaration): Parameters {
  const accepts = declaration.shape?.accepts
  if (accepts !== undefined) {
    const type = isStream(accepts) ? accepts.element : typeOf(accepts, place.where)
    if (type.kind === 'message') return { input: type.message, style: 'message' }
    if (type.kind === 'nothing') return { input: messageOf(place.messageName, []), style: 'positional' }
    return { input: valueMessage(place.messageName, type), style: isStream(accepts) ? 'value' : 'positional' }
  }
  const design = designParameters(place.owner, declaration.key)
  if (declaration.arguments.size > 0) return positional(place, declaration, design)
  const count = parameterCount(place.owner, declaration, design)
  if (count === 0) return { input: messageOf(place.messageName, []), style: 'positional' }
  const only = design?.[0]
  const message = count === 1 && isClass(only) ? messageSchemaOf(only) : undefined
  if (message !== undefined) return { input: message, style: 'message' }
  throw misuse(
    'parameter_without_type',
    `${place.where}: what it accepts is not known; write @Method({ accepts: TheRequest, returns: ... }), or @Arg(1, 'name', type) before each parameter`,
  )
}

function positional(place: Place, declaration: MethodDeclaration, design: readonly unknown[] | undefined): Parameters {
  const count = parameterCount(place.owner, declaration, design)
  const fields: FieldSchema[] = []
  for (let index = 0; index < Math.max(count, ...[...declaration.arguments.keys()].map(at => at + 1)); index++) {
    const argument = declaration.arguments.get(index)
    if (argument === undefined) {
      throw misuse(
        'parameter_without_type',
        `${place.where}: parameter ${index + 1} has no @Arg; write @Arg(${index + 1}, 'name', type) before it`,
      )
    }
    fields.push(argumentField(`${place.where}(${argument.name})`, argument, design?.[index]))
  }
  checkArguments(place.where, fields)
  return { input: messageOf(place.messageName, fields), style: 'positional' }
}

function argumentField(where: string, argument: ArgumentDeclaration, design: unknown): FieldSchema {
  const type = argument.type === undefined ? typeFromDesign(design, where, argument) : typeOf(argument.type, where)
  if (type.kind === 'nothing') throw misuse('misplaced_type', `${where}: nothing is no argument; leave it out`)
  return fieldOf(argument.name, argument.number, type)
}

function checkArguments(where: string, fields: readonly FieldSchema[]): void {
  const seen = new Map<string | number, string>()
  for (const { name, number } of fields) {
    for (const key of [name, number as number]) {
      if (seen.has(key))
        throw misuse(
          'duplicate_argument',
          `${where}: two arguments share ${JSON.stringify(key)}; give each a number and a name of its own`,
        )
      seen.set(key, name)
    }
  }
}

/** Parameters other than the context. */
function parameterCount(owner: Class, declaration: MethodDeclaration, design: readonly unknown[] | undefined): number {
  const method: unknown = (owner.prototype as Record<string, unknown>)[declaration.key]
  const all = design?.length ?? (typeof method === 'function' ? method.length : 0)
  const { contextIndex } = declaration
  return contextIndex === undefined ? all : Math.min(all, contextIndex)
}
