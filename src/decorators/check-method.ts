import { misuse } from '../core/rpc-error.js'
import type { MessageSchema } from '../schema/message.js'
import { minFieldNumber } from '../schema/reserved.js'
import { isClass, isStream, messageSchemaOf } from '../schema/resolve.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { BadRequest } from './bad-request.js'
import { reachesRules } from './class-validator.js'
import type { DeclaredType } from './contract-checks.js'
import type { MethodDeclaration, MethodShape } from './declaration.js'

export function checkMethod(where: string, { key, shape }: MethodDeclaration): void {
  if (shape === undefined)
    throw misuse(
      'method_without_decorator',
      `${where}: it has decorators but is not a method of the service; add @Method(...)`,
    )
  if (key === 'then' || key === 'constructor') {
    throw misuse(
      'reserved_method',
      `${where}: a proxy cannot have a method of that name; rename it and write @Method({ name: '${key}', ... })`,
    )
  }
}

export function checkReply(where: string, type: DeclaredType): void {
  if (type.kind === 'optional' && type.makeDefault !== undefined)
    throw misuse('misplaced_type', `${where}: only an argument has a default, a reply has none; write optional(...)`)
}

export function checkOneway(where: string, { oneway, returns }: MethodShape, result: MethodSchema['result']): void {
  if (oneway && (isStream(returns) || result !== 'nothing'))
    throw misuse('oneway_with_reply', `${where}: a oneway method has no reply; write returns: nothing`)
}

/** The error of broken rules, if this message or one within it has rules. */
export function brokenRules(request: MessageSchema): MessageSchema | undefined {
  return reachesRules(request) ? messageSchemaOf(BadRequest as unknown as Class) : undefined
}

export function checkThrown(where: string, type: unknown): void {
  if (isClass(type) && messageSchemaOf(type)?.isError) return
  const name = typeof type === 'function' ? type.name : String(type)
  throw misuse(
    'invalid_throws',
    `${where}: @Throws(${name}) takes a @Message class that extends RpcError; write @Message() class ${name} extends RpcError`,
  )
}

/** In Thrift's result of a method, 0 is the reply and the largest id is the status that polywire's servers add. */
export function checkThrowIds(where: string, ids: readonly number[], errors: readonly MessageSchema[]): void {
  for (const [at, id] of ids.entries()) {
    if (Number.isInteger(id) && id !== 0 && id >= minFieldNumber && id < 32_767) continue
    throw misuse(
      'invalid_throws',
      `${where}: @Throws({ ${id}: ${errors[at]?.class?.name} }): an id must be an integer from ${minFieldNumber} to 32766, ` +
        'and not 0, which is the reply; write another',
    )
  }
}
