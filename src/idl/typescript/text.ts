import type { JsonValue } from '../../schema/json-value.js'
import type { Documented } from '../model.js'

/** A literal in single quotes. */
export function quoted(text: string): string {
  const json = JSON.stringify(text).slice(1, -1)
  return `'${json.replace(/\\"/g, '"').replace(/'/g, "\\'")}'`
}

/** A value of JSON as TypeScript. */
export function jsonText(json: JsonValue): string {
  if (typeof json === 'string') return quoted(json)
  if (Array.isArray(json)) return `[${json.map(jsonText).join(', ')}]`
  if (typeof json !== 'object' || json === null) return String(json)
  const entries = Object.entries(json).map(([name, value]) => `${keyText(name)}: ${jsonText(value)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

/** A key of an object literal, in which `__proto__` would set the prototype, with quotes or without. */
export function keyText(name: string): string {
  return name === '__proto__' ? `['${name}']` : propertyText(name)
}

/** A name of an object's property, in quotes where it needs them. */
export function propertyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : quoted(name)
}

/** A member of an enum: `Status.open`, `Status['sold-out']`. */
export function memberText(enumName: string, member: string): string {
  const property = propertyText(member)
  return property === member ? `${enumName}.${member}` : `${enumName}[${property}]`
}

/** The TSDoc of a declaration; no line without a comment. */
export function docLines({ doc, deprecated }: Documented): string[] {
  const lines = linesOf((doc ?? '').replaceAll('*/', '*\\/')).flatMap(wrapped)
  if (lines.length === 1 && lines[0] === '') lines.pop()
  if (deprecated) lines.push(...(lines.length === 0 ? ['@deprecated'] : ['', '@deprecated']))
  if (lines.length === 0) return []
  if (lines.length === 1) return [`/** ${lines[0]} */`]
  return ['/**', ...lines.map(line => (line === '' ? ' *' : ` * ${line}`)), ' */']
}

/** The lines of a comment, by every character that ends a line in TypeScript: what follows it would be code. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/)
}

/** A line of a comment in lines that leave room for an indentation. One that is indented is code, and stays. */
export function wrapped(line: string): string[] {
  const lines: string[] = []
  let rest = line.trimEnd()
  while (rest.length > widest && !/^\s/.test(rest)) {
    const space = rest.lastIndexOf(' ', widest)
    if (space < 0) break
    lines.push(rest.slice(0, space).trimEnd())
    rest = rest.slice(space + 1)
  }
  return [...lines, rest]
}

const widest = 132

/** `{ name: 'x', required: true }`; undefined without an option. */
export function objectText(options: Readonly<Record<string, string | undefined>>): string | undefined {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : `{ ${entries.map(([name, value]) => `${name}: ${value}`).join(', ')} }`
}
