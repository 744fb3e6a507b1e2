import type { Imported } from './imports.js'
import { isNode, type Node, nameOf, nodesOf, pathOf, walk } from './tree.js'

/**
 * What a module may have as decorators and bases, by their paths: `Method`, `rpc.Method`. The calls of a list are those that compilers wrote
 * for decorators, and calls through a namespace may be declarations of polywire.
 *
 * @param except classes that are left out
 */
export function referencesIn(
  program: Node,
  imports: ReadonlyMap<string, Imported>,
  except: readonly Node[] = [],
): ReadonlySet<string> {
  const paths = new Set<string>()
  walk(program, (one, parents) => {
    if (except.includes(one)) return false
    if (one.type === 'Decorator' && isNode(one.expression)) add(one.expression.callee ?? one.expression)
    else if (/^Class(Declaration|Expression)$/.test(one.type)) add(one.superClass)
    else if (one.type === 'CallExpression') {
      const [head = '', ...members] = pathOf(one.callee)?.split('.') ?? []
      const isOfNamespace = members.length > 0 && imports.get(head)?.name === '*'
      if (isOfNamespace || parents.at(-1)?.type === 'ArrayExpression') add(one.callee)
    }
    return undefined
  })
  return paths

  function add(value: unknown): void {
    const path = pathOf(value)
    if (path === undefined) return
    // `pw` of `import { pw } from './rpc.js'` may be all of polywire.
    paths.add(path.split('.', 1)[0] ?? path).add(path)
  }
}

/** Other names of a module for what it imports: `const M = Method`, `const { Method: M } = rpc`. */
export function aliasesOf(program: Node): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>()
  for (const { id, init } of nodesOf(program.body).flatMap(declaratorsOf)) {
    const path = pathOf(init)
    if (path === undefined || !isNode(id)) continue
    if (id.type === 'Identifier') aliases.set(nameOf(id) ?? '', path)
    for (const { key, value, computed } of nodesOf(id.properties))
      if (computed !== true && nameOf(value) !== undefined) aliases.set(nameOf(value) ?? '', `${path}.${nameOf(key)}`)
  }
  return aliases
}

/** The variables of a statement, which may export them. */
export function declaratorsOf(statement: Node): Node[] {
  return nodesOf(isNode(statement.declaration) ? statement.declaration.declarations : statement.declarations)
}

/** What a path is, with all other names in it replaced. */
export function withoutAliases(path: string, aliases: ReadonlyMap<string, string>): string {
  const seen = new Set<string>()
  for (let found = path; ; ) {
    const [head = '', ...members] = found.split('.')
    const target = aliases.get(head)
    if (target === undefined || seen.has(head)) return found
    seen.add(head)
    found = [target, ...members].join('.')
  }
}
