import type { FieldEntry, TypeRef, TypeTable } from '../src/console/type-views.js'
import { type Composed, targetOf } from './composed.js'
import { fieldsOf, isNumber, isObject, isWide, type Json } from './value.js'

/** The call as a program. Where the class comes from is for the reader to say. */
export function typeScript(composed: Composed): string {
  const { form, timeout, headers, value } = composed
  const { className, key, kind, types, input } = form
  const client = className.charAt(0).toLowerCase() + className.slice(1)
  const options = [
    ...(timeout === '' ? [] : [`timeout: ${text(timeout)}`]),
    ...(headers.length === 0 ? [] : [`headers: ${JSON.stringify(Object.fromEntries(headers))}`]),
  ]
  const caller = options.length === 0 ? client : `withCall(${client}, { ${options.join(', ')} })`
  const args = form.positional ? positional(value, types, input) : messageOf(value, types, input, '')
  const sends = kind === 'client_streaming' || kind === 'bidi_streaming'
  const given = sends ? `(async function* () {\n  yield ${args.replaceAll('\n', '\n  ')}\n})()` : args
  const call = `${caller}.${key}(${given})`
  const isStream = kind === 'server_streaming' || kind === 'bidi_streaming'
  const names = ['connect', 'disconnect', ...(options.length === 0 ? [] : ['withCall'])]
  return [
    `import { ${names.join(', ')} } from 'polywire'`,
    `import { ${className} } from './${className.toLowerCase()}.js'`,
    '',
    `const ${client} = connect(${className}, ${text(targetOf(composed))})`,
    isStream ? `for await (const reply of ${call}) console.log(reply)` : `console.log(await ${call})`,
    `await disconnect(${client})`,
  ].join('\n')
}

function positional(value: Json, types: TypeTable, input: string): string {
  const args = fieldsOf(types, input).map(field => {
    const given = value[field.name]
    return given === undefined ? 'undefined' : literalOf(given, field.type, types, '')
  })
  while (args.at(-1) === 'undefined') args.pop()
  return args.join(', ')
}

function messageOf(value: Json, types: TypeTable, name: string, indent: string): string {
  const inner = `${indent}  `
  const lines = fieldsOf(types, name).flatMap(field => {
    const given = memberOf(field, value, types, inner)
    return given === undefined ? [] : [`${inner}${keyOf(field.key)}: ${given},`]
  })
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`
}

/** Undefined if it is not set. A oneOf names its case. */
function memberOf({ name, type }: FieldEntry, value: Json, types: TypeTable, indent: string): string | undefined {
  if (type.kind !== 'oneof') return name in value ? literalOf(value[name], type, types, indent) : undefined
  const chosen = type.cases.find(one => one.name in value)
  if (chosen === undefined) return undefined
  return `{ case: ${text(chosen.key)}, value: ${literalOf(value[chosen.name], chosen.type, types, indent)} }`
}

function literalOf(value: unknown, type: TypeRef, types: TypeTable, indent: string): string {
  const inner = `${indent}  `
  switch (type.kind) {
    case 'message':
      return isObject(value) ? messageOf(value, types, type.name, indent) : JSON.stringify(value)
    case 'enum': {
      const entry = types[type.name]
      const member = entry?.kind === 'enum' ? entry.values.find(one => one.name === value) : undefined
      return member === undefined ? JSON.stringify(value) : `${member.number} /* ${member.name} */`
    }
    case 'list':
    case 'set': {
      const elements = (Array.isArray(value) ? value : []).map(one => literalOf(one, type.element, types, inner))
      const list = `[${elements.join(', ')}]`
      return type.kind === 'list' ? list : `new Set(${list})`
    }
    case 'map': {
      const entries = Object.entries(isObject(value) ? value : {}).map(
        ([key, one]) => `[${scalarOf(key, nameOf(type.key))}, ${literalOf(one, type.value, types, inner)}]`,
      )
      return `new Map([${entries.join(', ')}])`
    }
    case 'scalar':
      return scalarOf(value, type.name)
    case 'oneof':
      return 'undefined'
  }
}

function nameOf(type: TypeRef): string {
  return type.kind === 'scalar' ? type.name : 'string'
}

function scalarOf(value: unknown, scalar: string): string {
  if (typeof value === 'string' && value.startsWith('$')) return text(value)
  if (isWide(scalar)) return `${String(value)}n`
  if (isNumber(scalar))
    return value === 'NaN' || /Infinity$/.test(String(value)) ? `Number(${text(String(value))})` : String(value)
  if (scalar === 'bool') return String(value)
  if (scalar === 'timestamp') return `new Date(${text(String(value))})`
  if (scalar === 'duration') return String(Math.round(Number.parseFloat(String(value)) * 1000))
  if (scalar === 'bytes') return `Buffer.from(${text(String(value))}, 'base64')`
  return typeof value === 'string' ? text(value) : JSON.stringify(value)
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : text(key)
}

/** In single quotes. */
export function text(value: string): string {
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
