import { malformed } from './text.js'

/**
 * The prefixes that one open element declares; the default namespace is that of the empty prefix. Scopes within each other share one table
 * of what each prefix stands for now, so that looking one up costs the same however many elements are open.
 */
export class Scope {
  private readonly bound: Map<string, string>
  /** What each prefix stood for outside. */
  private readonly outer: (string | undefined)[] = []

  /**
   * @param declared prefix, URI, prefix, URI ...; no prefix twice
   * @param level elements that were open when it began
   */
  constructor(
    private readonly declared: readonly string[],
    readonly parent: Scope | undefined,
    readonly level: number,
  ) {
    this.bound = parent?.bound ?? new Map()
    this.enter()
  }

  get(prefix: string): string | undefined {
    return this.bound.get(prefix)
  }

  /** Only the innermost can be left. @returns the one around it */
  leave(): Scope | undefined {
    const { declared, outer, bound } = this
    for (let at = 0; at < declared.length; at += 2) {
      const uri = outer[at >> 1]
      if (uri === undefined) bound.delete(declared[at] as string)
      else bound.set(declared[at] as string, uri)
    }
    return this.parent
  }

  private enter(): void {
    const { declared, outer, bound } = this
    for (let at = 0; at < declared.length; at += 2) {
      const prefix = declared[at] as string
      outer[at >> 1] = bound.get(prefix)
      bound.set(prefix, declared[at + 1] as string)
    }
  }

  /**
   * Leaves the scopes within `wanted`, or enters it again where it was the last to be left.
   * @param now the innermost
   */
  static reset(now: Scope | undefined, wanted: Scope | undefined): void {
    let scope = now
    while (scope !== undefined && scope !== wanted && scope !== wanted?.parent) scope = scope.leave()
    if (scope !== wanted) wanted?.enter()
  }
}

/**
 * The namespace of a prefix; undefined: none.
 * @throws Fault where the prefix is not declared
 */
export function namespaceOf(scope: Scope | undefined, prefix: string): string | undefined {
  const uri = scope?.get(prefix)
  if (uri === undefined && prefix !== '' && prefix !== 'xml') throw malformed('a prefix that is not declared')
  return uri
}
