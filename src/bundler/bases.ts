import { withoutAliases } from './references.js'
import type { ServiceClass } from './services.js'
import { isNode, type Node, nameOf, pathOf, walk } from './tree.js'

/**
 * The services whose base stays, because it is not a service. A base in another file is a module by itself, and is read as one if it is a
 * service.
 */
export function basesLeftIn(
  program: Node,
  services: readonly ServiceClass[],
  imported: ReadonlySet<string>,
): ServiceClass[] {
  const classes = new Map<string, Node>()
  // tsc and programs give bases other names: `let _classSuper = Plain`.
  const variables = new Map<string, string>()
  walk(program, node => {
    const { type, id, init } = node
    if (type === 'ClassDeclaration') classes.set(nameOf(id) ?? '', node)
    if (type === 'VariableDeclarator' && isNode(init)) {
      if (init.type === 'ClassExpression') classes.set(nameOf(id) ?? '', init)
      const path = pathOf(init)
      if (path !== undefined) variables.set(nameOf(id) ?? '', path)
    }
    return undefined
  })
  return services.filter(({ node: { superClass } }) => {
    if (!isNode(superClass)) return false
    const path = pathOf(superClass)
    if (path === undefined) return true
    const name = withoutAliases(path, variables)
    const base = classes.get(name)
    return (
      imported.has(path) || imported.has(name) || (base !== undefined && services.every(({ node }) => node !== base))
    )
  })
}
