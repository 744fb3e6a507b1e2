import type { MethodKind } from '../core/call.js'
import { misuse } from '../core/rpc-error.js'
import type { MessageSchema } from '../schema/message.js'
import { minFieldNumber } from '../schema/reserved.js'
import { isClass, isStream, messageSchemaOf } from '../schema/resolve.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { BadRequest } from './bad-request.js'
import { reachesRules } from './class-validator.js'
import { docOf, type MethodDeclaration } from './declarations.js'
import { readParameters } from './read-parameters.js'
import { replyMessage } from './wrapper-message.js'

export interface MethodPlace {
  /** The class whose schema is read. */
  readonly type: Class
  /** The class that declares the method: `type` or one it extends. */
  readonly owner: Class
  readonly serviceName: string
}

export function readMethod(place: MethodPlace, declaration: MethodDeclaration): MethodSchema {
  const { key, shape } = declaration
  const where = `${place.type.name}.${key}`
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
  const name = shape.name ?? key.charAt(0).toUpperCase() + key.slice(1)
  const methodName = `${packageOf(place.serviceName)}${name}`
  const parameters = readParameters({ where, owner: place.owner, messageName: `${methodName}Request` }, declaration)
  const streamsOut = isStream(shape.returns)
  const reply = replyMessage(`${methodName}Response`, shape.returns, where)
  if (shape.oneway && (streamsOut || reply.result !== 'nothing')) {
    throw misuse('oneway_with_reply', `${where}: a oneway method has no reply; write returns: nothing`)
  }
  const method: Omit<MethodSchema, 'routes'> = {
    name,
    serviceName: place.serviceName,
    path: `/${place.serviceName}/${name}`,
    kind: kindOf(isStream(shape.accepts), streamsOut),
    idempotency: declaration.idempotency ?? 'unknown',
    key,
    input: parameters.input,
    output: reply.output,
    parameters: parameters.style,
    result: reply.result,
    ...thrown(declaration, parameters.input, where),
    contextIndex: declaration.contextIndex,
    policies: Object.freeze([...declaration.policies]),
    oneway: shape.oneway,
    doc: docOf(place.type, key),
  }
  const routes = declaration.routes.map(route => route.read(where, route, method))
  return Object.freeze({ ...method, routes: Object.freeze(routes) })
}

/** A method whose request has rules also declares the error of broken rules. */
function thrown(
  { throws }: MethodDeclaration,
  input: MessageSchema,
  where: string,
): Pick<MethodSchema, 'throws' | 'throwIds'> {
  const declared = throws.map(({ error }) => errorMessage(error, where))
  const ids = throws.map(({ id }, at) => id ?? at + 1)
  for (const [at, id] of ids.entries()) checkThrowId(id, `${where}: @Throws({ ${id}: ${declared[at]?.class?.name} })`)
  const badRequest = errorMessage(BadRequest as unknown as Class, where)
  if (reachesRules(input) && !declared.includes(badRequest)) {
    declared.push(badRequest)
    ids.push(Math.max(0, ...ids) + 1)
  }
  return {
    throws: Object.freeze(declared),
    ...(ids.some((id, at) => id !== at + 1) && { throwIds: Object.freeze(ids) }),
  }
}

/** In Thrift's result of a method, 0 is the reply and the largest id is the status that polywire's servers add. */
function checkThrowId(id: number, declaration: string): void {
  if (Number.isInteger(id) && id !== 0 && id >= minFieldNumber && id < 32_767) return
  throw misuse(
    'invalid_throws',
    `${declaration}: an id must be an integer from ${minFieldNumber} to 32766, and not 0, which is the reply; write another`,
  )
}

function kindOf(streamsIn: boolean, streamsOut: boolean): MethodKind {
  if (streamsIn) return streamsOut ? 'bidi_streaming' : 'client_streaming'
  return streamsOut ? 'server_streaming' : 'unary'
}

/** The package with its dot: `hello.` of `hello.Hello`; empty if there is none. */
function packageOf(serviceName: string): string {
  return serviceName.slice(0, serviceName.lastIndexOf('.') + 1)
}

function errorMessage(error: Class | (() => Class), where: string): MessageSchema {
  const type = isClass(error) ? error : (error as () => Class)()
  const schema = isClass(type) ? messageSchemaOf(type) : undefined
  if (schema?.isError) return schema
  const name = typeof type === 'function' ? type.name : String(type)
  throw misuse(
    'invalid_throws',
    `${where}: @Throws(${name}) takes a @Message class that extends RpcError; write @Message() class ${name} extends RpcError`,
  )
}
