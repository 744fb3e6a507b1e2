import { decoratorOf, type Imported, marksService } from './imports.js'
import { isLabel, type Node, nodesOf, walk } from './tree.js'

/**
 * Where decorators that make services are neither applied nor exported nor another name of the module, as in `{ Method }` and
 * `wrap(Method)`: what becomes of them is not followed.
 */
export function marksPassedOn(program: Node, imports: ReadonlyMap<string, Imported>): Node[] {
  const found: Node[] = []
  const top = new Set(nodesOf(program.body).flatMap(one => nodesOf(one.declaration ?? one)))
  walk(program, (node, parents) => {
    if (/^(Import|TS(Type|Interface|Qualified|Parameter))/.test(node.type)) return false
    if (!/^(Identifier|MemberExpression)$/.test(node.type)) return undefined
    const imported = decoratorOf(node, imports)
    const parent = parents.at(-1)
    if (imported === undefined || parent === undefined || !marksService(imported) || isLabel(node, parent))
      return undefined
    const isAlias = parent.type === 'VariableDeclarator' && top.has(parents.at(-2) ?? parent)
    const isApplied = parent.type === 'Decorator' || parent.callee === node || isAlias
    const isDeclared =
      nodesOf(parent.params).includes(node) || parent.id === node || parents.at(-2)?.type === 'ObjectPattern'
    if (!isApplied && !isDeclared && !/^Export|^TS(?!As|Satisfies|NonNull)/.test(parent.type)) found.push(node)
    return false
  })
  return found
}
