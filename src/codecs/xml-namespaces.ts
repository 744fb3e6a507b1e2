import { malformed } from './xml-text.js'

/** Prefixes that an element declares; the default namespace is that of the empty prefix. */
export interface Scope {
  readonly prefixes: ReadonlyMap<string, string>
  readonly parent: Scope | undefined
  /** Elements that were open when it began. */
  readonly level: number
}

/**
 * The namespace of a prefix; undefined: none.
 * @throws Fault where the prefix is not declared
 */
export function namespaceOf(scope: Scope | undefined, prefix: string): string | undefined {
  for (let at = scope; at !== undefined; at = at.parent) {
    const uri = at.prefixes.get(prefix)
    if (uri !== undefined) return uri
  }
  if (prefix === '' || prefix === 'xml') return undefined
  throw malformed('a prefix that is not declared')
}
