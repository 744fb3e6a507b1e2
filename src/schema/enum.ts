import { misuse } from '../core/rpc-error.js'
import type { JsonObject } from './json-value.js'
import type { EnumType, EnumValue, Type } from './type.js'

/** Options of an enum, for interface definitions. */
export interface EnumOptions<V = string | number> {
  /**
   * The member that a reader of Avro takes for one that it does not have: Avro's default of an enum. With null it refuses such data, as of an
   * Avro enum without a default. Default: number 0, else the first.
   */
  readonly unknown?: V | null
  /** Custom properties of its schema in Avro, and annotations in Thrift. Default: none. */
  readonly properties?: JsonObject
  /** Annotations of members in Thrift, by their names. Default: none. */
  readonly memberProperties?: Readonly<Record<string, JsonObject>>
  /** Its description. Default: none. */
  readonly doc?: string
  /** Descriptions of members, by their names. Default: none. */
  readonly memberDocs?: Readonly<Record<string, string>>
}

/**
 * A TypeScript enum. It travels by number on binary wires and by member name in JSON. Members of a string enum are numbered from 0, in
 * order.
 *
 * @param name name in an IDL and in Avro, such as `hello.Color`; default: none
 * @param options what interface definitions say of it; default: nothing
 *
 * @example
 * enum Color { red, green }
 * @Field(2, enumOf(Color)) color = Color.red
 *
 * @throws RpcError `failed_precondition` (`not_an_enum`, `empty_enum`) if it is not an enum, or one without members
 */
export function enumOf<E extends Record<string, string | number>>(
  values: E,
  name?: string,
  options: EnumOptions<E[keyof E]> = {},
): Type<E[keyof E]> & EnumType {
  if (typeof values !== 'object' || values === null) {
    throw misuse(
      'not_an_enum',
      `enumOf(${name ?? ''}): ${String(values)} is not an enum; import it as a value, and declare it above the class that uses it`,
    )
  }
  const { properties, doc, memberDocs = {}, memberProperties = {} } = options
  const members = Object.entries(values).filter(([key]) => !/^-?\d+$/.test(key))
  const list: EnumValue[] = members.map(([key, value], at) => {
    const own = Object.hasOwn(memberProperties, key) ? { properties: memberProperties[key] as JsonObject } : {}
    return Object.freeze({ name: key, number: typeof value === 'number' ? value : at, value, ...own })
  })
  if (list.length === 0) throw misuse('empty_enum', `enumOf(${name ?? ''}): the enum has no members`)
  const byNumber = new Map<number, EnumValue>()
  for (const value of list) if (!byNumber.has(value.number)) byNumber.set(value.number, value)
  const open = list.every(value => typeof value.value === 'number')
  const byName = new Map(list.map(value => [value.name, value]))
  const unknown = options.unknown === null ? null : list.find(({ value }) => value === options.unknown)
  const docs = { own: doc, members: new Map(Object.entries(memberDocs)) }
  const avro = { ...(unknown !== undefined && { unknown }), ...(properties && { properties }) }
  return Object.freeze({
    kind: 'enum' as const,
    name,
    values: Object.freeze(list),
    byName,
    byNumber,
    open,
    docs,
    ...avro,
  })
}
