import { declaratorsOf } from './references.js'
import type { ServiceClass } from './services.js'
import { isNode, type Node, nameOf, nodesOf, pathOf } from './tree.js'

/** Classes without decorators of their own that extend a service. */
export function subclassesOf(
  program: Node,
  found: readonly ServiceClass[],
  imported: ReadonlySet<string>,
): ServiceClass[] {
  const names = new Set([...imported, ...found.map(({ name }) => name)])
  const subclasses: ServiceClass[] = []
  for (const { name, node } of topLevelClasses(program)) {
    if (found.some(one => one.node === node)) names.add(name)
    else if (names.has(pathOf(node.superClass) ?? '')) {
      names.add(name)
      subclasses.push({ name, node, isCompiled: false })
    }
  }
  return subclasses
}

/** The classes of a module by the names that it has for them: declarations, and classes that variables hold. */
export function topLevelClasses(program: Node): { readonly name: string; readonly node: Node }[] {
  return nodesOf(program.body).flatMap(statement => {
    const declared = isNode(statement.declaration) ? statement.declaration : statement
    if (/^Class/.test(declared.type)) return [{ name: nameOf(declared.id) ?? 'default', node: declared }]
    return declaratorsOf(statement).flatMap(({ id, init }) =>
      isNode(init) && init.type === 'ClassExpression' ? [{ name: nameOf(id) ?? '', node: init }] : [],
    )
  })
}
