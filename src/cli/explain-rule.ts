import { type Category, protobufRules } from '../idl/check/protobuf-rules.js'
import { ruleTexts } from '../idl/check/rules.js'
import { wrapped } from './explain-reason.js'
import type { Terminal } from './terminal.js'

/** The name of a rule of `check` as it is in its table; undefined if it is not one. The direction of an Avro rule may stand behind it. */
export function ruleIn(subject: string): string | undefined {
  const [name = ''] = subject.toUpperCase().split(' ', 1)
  return Object.hasOwn(ruleTexts, name) ? name : undefined
}

/** What a rule means, where its name comes from, and which columns of `check` it decides. */
export function explainRule(name: string, { isJson, width }: Terminal): string {
  const { source, columns } = originOf(name)
  const text = ruleTexts[name] ?? ''
  if (isJson) return `${JSON.stringify({ schema: 'polywire.explain/1', name, source, columns, text })}\n`
  return `${wrapped(`${name}   ${source}; ${columns.join(', ')}\n  ${text}`, width)}\n`
}

const columnOf: Readonly<Record<Category, string>> = {
  WIRE: 'protobuf',
  WIRE_JSON: 'json',
  PACKAGE: 'callers',
  FILE: 'callers with --strict',
}

function originOf(name: string): { readonly source: string; readonly columns: readonly string[] } {
  const categories: readonly Category[] = protobufRules[name as keyof typeof protobufRules] ?? []
  if (categories.length > 0)
    return {
      source: `a rule of buf (${categories.join(', ')})`,
      // What the default categories have, --strict has too.
      columns: categories.filter(one => one !== 'FILE' || !categories.includes('PACKAGE')).map(one => columnOf[one]),
    }
  return name.startsWith('THRIFT_')
    ? { source: 'a check of thrift --audit', columns: ['thrift'] }
    : { source: "a rule of Avro's schema resolution", columns: ['avro'] }
}
