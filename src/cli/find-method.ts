import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { nearest } from './nearest.js'
import { mended } from './pasted.js'

export interface Found {
  readonly service: ServiceSchema
  readonly method: MethodSchema
}

/**
 * The method that a name stands for: `hello.Hello/SayHello`, `hello.Hello.SayHello`, `Hello/SayHello`, `SayHello`, `sayHello`.
 * @throws CliError with the nearest name, or with all that it could be
 */
export function findMethod(name: string, services: readonly ServiceSchema[], { line }: Pick<Typed, 'line'>): Found {
  const all = methodsOf(services)
  const exact = methodsNamed(name, services)
  const [one, ...others] = exact
  if (one !== undefined && others.length === 0) return one
  if (one !== undefined)
    throw new CliError(
      `${name} is a method of several services: ${exact.map(({ method }) => method.path.slice(1)).join(', ')}`,
      { hint: mended(line, name, one.method.path.slice(1)) },
    )
  const { message, close } = unknown(name, services, all)
  throw new CliError(message, {
    hint: mended(line, name, close),
  })
}

/** All methods that a name can stand for. */
export function methodsNamed(name: string, services: readonly ServiceSchema[]): Found[] {
  return methodsOf(services).filter(({ method }) => namesOf(method).includes(name))
}

function methodsOf(services: readonly ServiceSchema[]): Found[] {
  return services.flatMap(service => service.methods.map(method => ({ service, method })))
}

function namesOf({ path, serviceName, name, key }: MethodSchema): string[] {
  const last = lastPart(serviceName)
  return [path.slice(1), `${serviceName}.${name}`, `${last}/${name}`, `${last}.${name}`, name, key]
}

function unknown(name: string, services: readonly ServiceSchema[], all: readonly Found[]) {
  if (all.length === 0) return { message: 'the contract has no service', close: undefined }
  const close = nearest(name, new Set(all.flatMap(({ method }) => namesOf(method))))
  const named = services.find(one => one.name === name || lastPart(one.name) === name)
  if (named !== undefined)
    return { message: `${name} is a service; its methods are ${methodNames(named.methods)}`, close: undefined }
  const [, service] = /^(.*)\//s.exec(name) ?? []
  const isKnown = service === undefined || services.some(one => one.name === service || lastPart(one.name) === service)
  const owner = close === undefined ? services : services.filter(one => methodsNamed(close, [one]).length > 0)
  const [only, ...others] = owner
  const where = only !== undefined && others.length === 0 ? `${only.name} has` : 'the contract has'
  const what = isKnown ? `${where} no method ${name}` : `the contract has no service ${service}`
  const has = isKnown ? methodNames(all.map(({ method }) => method)) : services.map(one => one.name).join(', ')
  return { message: `${what}${close === undefined ? `; it has ${has}` : `. Did you mean ${close}?`}`, close }
}

function methodNames(methods: readonly MethodSchema[]): string {
  return methods.map(({ name }) => name).join(', ')
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
