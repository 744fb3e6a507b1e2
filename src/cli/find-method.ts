import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import { CliError } from './cli-error.js'
import { nearest } from './nearest.js'

export interface Found {
  readonly service: ServiceSchema
  readonly method: MethodSchema
}

/**
 * The method that a name stands for: `hello.Hello/SayHello`, `hello.Hello.SayHello`, `Hello/SayHello`, `SayHello`, `sayHello`.
 * @throws CliError with the nearest name, or with all that it could be
 */
export function findMethod(name: string, services: readonly ServiceSchema[]): Found {
  const all = services.flatMap(service => service.methods.map(method => ({ service, method })))
  const exact = all.filter(({ method }) => namesOf(method).includes(name))
  const [one, ...others] = exact
  if (one !== undefined && others.length === 0) return one
  if (one !== undefined)
    throw new CliError(
      `${name} is a method of several services: ${exact.map(({ method }) => method.path.slice(1)).join(', ')}`,
    )
  throw unknown(name, services, all)
}

function namesOf({ path, serviceName, name, key }: MethodSchema): string[] {
  const last = serviceName.slice(serviceName.lastIndexOf('.') + 1)
  return [path.slice(1), `${serviceName}.${name}`, `${last}/${name}`, `${last}.${name}`, name, key]
}

function unknown(name: string, services: readonly ServiceSchema[], all: readonly Found[]): CliError {
  if (all.length === 0) return new CliError('the contract has no service')
  const close = nearest(name, new Set(all.flatMap(({ method }) => namesOf(method))))
  const [only, ...others] = services
  const where = only !== undefined && others.length === 0 ? `${only.name} has` : 'the contract has'
  if (close !== undefined) return new CliError(`${where} no method ${name}. Did you mean ${close}?`)
  return new CliError(`${where} no method ${name}; it has ${all.map(({ method }) => method.name).join(', ')}`)
}
