import type { FieldSchema, MessageSchema } from '../schema/message.js'
import { reachableMessages } from '../schema/reachable.js'
import type { EnumType, OneOfCase, ValueType } from '../schema/type.js'
import type { EnumEntry, FieldEntry, TypeEntry, TypeRef, TypeTable } from './type-views.js'

/** Every message and enum that these messages contain, by name. */
export function typeTable(messages: readonly MessageSchema[]): TypeTable {
  const table: Record<string, TypeEntry> = {}
  const enums = (type: ValueType): void => {
    if (type.kind === 'enum')
      table[enumName(type)] = { kind: 'enum', doc: type.docs.own ?? null, values: enumEntries(type) }
    else if (type.kind === 'list' || type.kind === 'set') enums(type.element)
    else if (type.kind === 'map') {
      enums(type.key)
      enums(type.value)
    } else if (type.kind === 'oneof') for (const one of type.cases) enums(one.type)
  }
  for (const message of reachableMessages(messages)) {
    const { name, doc, fields } = message
    table[name] = { kind: 'message', doc: doc ?? null, fields: fields.map(fieldEntry) }
    for (const { type } of fields) enums(type)
  }
  return table
}

function enumEntries({ values, docs }: EnumType): EnumEntry[] {
  return values.map(({ name, number }) => ({ name, number, doc: docs.members.get(name) ?? null }))
}

function fieldEntry(field: FieldSchema): FieldEntry {
  const { key, jsonName, number, type, presence, deprecated, sensitive, doc } = field
  return {
    name: jsonName,
    key,
    number: number ?? null,
    type: typeRef(type),
    doc: doc ?? null,
    optional: presence === 'explicit',
    sensitive: sensitive === true,
    deprecated: deprecated ?? false,
  }
}

/** A case is as sensitive as its oneOf, which the page asks. */
function caseEntry({ name, jsonName, number, type }: OneOfCase): FieldEntry {
  return {
    name: jsonName,
    key: name,
    number: number ?? null,
    type: typeRef(type),
    doc: null,
    optional: true,
    sensitive: false,
    deprecated: false,
  }
}

function typeRef(type: ValueType): TypeRef {
  switch (type.kind) {
    case 'scalar':
      return { kind: 'scalar', name: type.name }
    case 'enum':
      return { kind: 'enum', name: enumName(type) }
    case 'message':
      return { kind: 'message', name: type.message.name }
    case 'list':
    case 'set':
      return { kind: type.kind, element: typeRef(type.element) }
    case 'map':
      return { kind: 'map', key: typeRef(type.key), value: typeRef(type.value) }
    case 'union':
      // The page has no form for it but JSON.
      return { kind: 'scalar', name: 'value' }
    case 'oneof':
      return { kind: 'oneof', cases: type.cases.map(caseEntry) }
  }
}

function enumName({ name, values }: EnumType): string {
  return name ?? `enum ${values.map(one => one.name).join(', ')}`.slice(0, 60)
}
