import { misuse, type RpcError } from '../core/rpc-error.js'
import type { FieldSchema } from '../schema/message.js'
import type { Class } from '../schema/type.js'
import type { DeclaredType, Parameters } from './contract-checks.js'
import type { MethodDeclaration } from './declaration.js'
import { argumentsOf, designParameters } from './declarations.js'
import { type WrittenParameter, writtenParameters } from './written-parameters.js'

/** The parameters that the source of a method has. */
export function parametersOf(where: string, owner: Class, declaration: MethodDeclaration): Parameters {
  refuseSeveral(where, declaration)
  const written = writtenIn(owner, declaration)
  const design = designParameters(owner, declaration.key)
  return {
    count: parameterCount(where, declaration, design?.length ?? written.length),
    hasDefault: index => hasDefault(written[index]),
  }
}

function writtenIn(owner: Class, { key }: MethodDeclaration): readonly WrittenParameter[] {
  return writtenParameters((owner.prototype as Record<string, unknown>)[key])
}

/** `accepts`, `args` and `@Arg` each describe all parameters. */
function refuseSeveral(where: string, { shape, arguments: described }: MethodDeclaration): void {
  const ways = [
    ...(shape?.accepts === undefined ? [] : ['accepts']),
    ...(shape?.arguments === undefined ? [] : ['args']),
    ...(described === undefined ? [] : ['@Arg']),
  ]
  if (shape?.arguments !== undefined && ways.length > 1)
    throw misuse('misplaced_option', `${where}: ${ways.join(' and ')} both describe its parameters; write one of them`)
}

/** Parameters other than the context. */
function parameterCount(where: string, declaration: MethodDeclaration, written: number): number {
  const { contextIndex } = declaration
  const all = Math.max(written, ...[...argumentsOf(declaration).keys()].map(at => at + 1))
  if (contextIndex === undefined) return all
  if (contextIndex < all - 1)
    throw misuse('misplaced_context', `${where}: @Context() must be on the last parameter; move it there`)
  return contextIndex
}

/** Whether absence must arrive as such. An empty list, set or map is what an absent one is anyway, also where protobuf cannot tell. */
function hasDefault(parameter: WrittenParameter | undefined): boolean {
  return parameter?.initial !== undefined && !/^(?:\[\s*\]|new (?:Set|Map)\(\))$/.test(parameter.initial)
}

/** A second parameter beside `accepts` would get nothing. */
export function checkOnlyParameter(where: string, kind: DeclaredType['kind'], count: number): void {
  if (kind === 'nothing' && count > 0)
    throw misuse('parameter_without_type', `${where}: accepts: nothing, but it has a parameter; leave one of them out`)
  if (count <= 1) return
  throw misuse(
    'parameter_without_type',
    `${where}: accepts is the type of its only parameter, but it has ${count}; ` +
      `write args: { name: type, ... } instead; if one of them is the call, leave it out and use currentCall()`,
  )
}

export function checkDescribedArgument(where: string, declaration: MethodDeclaration, index: number): void {
  if (argumentsOf(declaration).has(index)) return
  const how =
    declaration.shape?.arguments === undefined
      ? `has no @Arg; write @Arg(${index + 1}, 'name', type) before it`
      : `is not in args; add its name and type, args: { ..., name: type }, or leave it out`
  throw misuse('parameter_without_type', `${where}: parameter ${index + 1} ${how}`)
}

export function checkArgument(where: string, type: DeclaredType): void {
  if (type.kind === 'nothing')
    throw misuse('misplaced_type', `${where}: nothing cannot be the type of an argument; leave it out`)
}

/** `args` has its properties in the order of the parameters. Only the source of the method shows names, unless a minifier changed them. */
export function checkArgumentOrder(
  where: string,
  owner: Class,
  declaration: MethodDeclaration,
  fields: readonly FieldSchema[],
): void {
  if (declaration.shape?.arguments === undefined) return
  const names = fields.map(field => field.name)
  for (const [at, { name }] of writtenIn(owner, declaration).entries()) {
    if (name === undefined || names[at] === undefined || name === names[at] || !names.includes(name)) continue
    throw misuse(
      'misordered_arguments',
      `${where}: parameter ${at + 1} is called ${name}, but argument ${at + 1} is ${names[at]}; ` +
        `write the arguments in the order of the parameters`,
    )
  }
}

export function requestWithoutType(where: string): RpcError {
  return misuse(
    'parameter_without_type',
    `${where}: the type of its request is unknown; ` +
      `write @Method({ accepts: TheRequest, returns: ... }), or args: { name: type } for positional arguments`,
  )
}
