import type { MessageSchema } from '../../schema/message.js'
import { reachableMessages } from '../../schema/reachable.js'
import type { ServiceSchema } from '../../schema/service.js'
import { enumsIn } from '../../schema/shape.js'
import type { EnumType } from '../../schema/type.js'

/**
 * Names of the messages that are made of arguments or of a reply, if something else has the same name: two services of one package with a
 * method `Ping` each, or an enum. Theirs then begin with their service's, whatever the order of the services. No wire of protobuf carries
 * these names.
 * @param others types that are described beside the services; default: none
 */
export function wrapperNames(
  services: readonly ServiceSchema[],
  others: readonly (MessageSchema | EnumType)[] = [],
): ReadonlyMap<MessageSchema, string> {
  const methods = services.flatMap(service => service.methods)
  const messages = reachableMessages(rootsOf(services))
  const enums = [...messages].flatMap(({ fields }) => fields.flatMap(({ type }) => enumsIn(type)))
  const named = new Map<string, number>()
  for (const { name } of new Set([...messages, ...enums, ...others, ...services]))
    if (name !== undefined) named.set(name, (named.get(name) ?? 0) + 1)
  const names = new Map<MessageSchema, string>()
  for (const { serviceName, input, output } of methods) {
    for (const schema of [input, output]) {
      if (schema.class !== undefined || named.get(schema.name) === 1 || names.has(schema)) continue
      const pack = packageOf(schema.name)
      let name = `${pack === '' ? '' : `${pack}.`}${lastName(serviceName)}${lastName(schema.name)}`
      while (named.has(name)) name += '_'
      named.set(name, 1)
      names.set(schema, name)
    }
  }
  return names
}

/** The messages that methods name. */
export function rootsOf(services: readonly ServiceSchema[]): MessageSchema[] {
  return services.flatMap(({ methods }) => methods.flatMap(one => [one.input, one.output, ...one.throws]))
}

/** Whether the name, or a part of it before a dot, is one of these. */
export function isWithin(name: string, names: ReadonlySet<string>): boolean {
  return name !== '' && (names.has(name) || isWithin(packageOf(name), names))
}

/** `hello` of `hello.Hello`; empty for a name without a package. */
export function packageOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')))
}

export function lastName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
