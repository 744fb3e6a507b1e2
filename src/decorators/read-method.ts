import type { MethodKind } from '../core/call.js'
import type { MessageSchema } from '../schema/message.js'
import { isClass, isStream, messageSchemaOf } from '../schema/resolve.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { checks } from './contract-checks.js'
import type { MethodDeclaration, MethodShape } from './declaration.js'
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
  const { key } = declaration
  const where = `${place.type.name}.${key}`
  checks?.method(where, declaration)
  const shape = declaration.shape as MethodShape
  const name = shape.name ?? key.charAt(0).toUpperCase() + key.slice(1)
  const methodName = `${packageOf(place.serviceName)}${name}`
  const parameters = readParameters({ where, owner: place.owner, messageName: `${methodName}Request` }, declaration)
  const streamsOut = isStream(shape.returns)
  const reply = replyMessage(`${methodName}Response`, shape.returns, where)
  checks?.oneway(where, shape, reply.result)
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
    ...checks?.methodOptionsOf(place.type, key, shape),
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
  checks?.throwIds(where, ids, declared)
  const brokenRules = checks?.brokenRules(input)
  if (brokenRules !== undefined && !declared.includes(brokenRules)) {
    declared.push(brokenRules)
    ids.push(Math.max(0, ...ids) + 1)
  }
  return {
    throws: Object.freeze(declared),
    ...(ids.some((id, at) => id !== at + 1) && { throwIds: Object.freeze(ids) }),
  }
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
  checks?.thrown(where, type)
  return messageSchemaOf(type) as MessageSchema
}
