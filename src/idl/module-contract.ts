import { RpcError } from '../core/rpc-error.js'
import { serviceOf } from '../decorators/read-service.js'
import type { MessageSchema } from '../schema/message.js'
import { isClass, messageSchemaOf } from '../schema/resolve.js'
import type { ServiceSchema } from '../schema/service.js'
import type { Class, EnumType, ValueType } from '../schema/type.js'
import { type Alias, aliasOf, type Constants } from '../schema/typedef.js'
import { checkDistinct } from './distinct.js'
import type { Contract } from './format.js'
import { isBaseOf } from './lineage.js'

/**
 * What a module exports: its services, messages and enums. Of a contract and its implementations, which have one name, it takes the contract.
 * @throws RpcError `failed_precondition` for a service or a message that is not valid, and for two types of one name
 */
export function contractOf(exported: Readonly<Record<string, unknown>>): Contract {
  const services = new Map<string, ServiceSchema>()
  const messages = new Set<MessageSchema>()
  const enums = new Set<EnumType>()
  const aliases = new Set<Alias>()
  const constants = new Set<Constants>()
  for (const value of Object.values(exported)) {
    if (isNamedEnum(value)) enums.add(value)
    if (isOfKind(value, 'constants')) constants.add(value as Constants)
    const alias = typeof value === 'object' && value !== null ? aliasOf(value as ValueType) : undefined
    if (alias !== undefined) aliases.add(alias)
    if (!isClass(value)) continue
    const message = messageSchemaOf(value)
    if (message !== undefined) messages.add(message)
    const service = serviceIn(value)
    if (service === undefined) continue
    const known = services.get(service.name)
    if (known === undefined || isBaseOf(service.class, known.class)) services.set(service.name, service)
  }
  const contract = {
    services: [...services.values()],
    messages: [...messages],
    enums: [...enums],
    aliases: [...aliases],
    constants: [...constants],
  }
  checkDistinct(contract)
  return contract
}

/** What `enumOf` makes, with a name. A typedef of it is declared by itself. */
function isNamedEnum(value: unknown): value is EnumType {
  return isOfKind(value, 'enum') && (value as EnumType).name !== undefined && aliasOf(value as EnumType) === undefined
}

function isOfKind(value: unknown, kind: string): boolean {
  return ((value ?? {}) as { readonly kind?: unknown }).kind === kind
}

function serviceIn(type: Class): ServiceSchema | undefined {
  try {
    return serviceOf(type)
  } catch (error) {
    // A service without methods, which a .thrift may have, offers nothing.
    if (error instanceof RpcError && (error.reason === 'not_a_service' || error.reason === 'empty_service'))
      return undefined
    throw error
  }
}
