import type { Edits } from './edits.js'
import { boundBy, isNode, type Node, nameOf, namesIn, nodesOf } from './tree.js'

/** Something that a module declares for itself and can do without: an import, a variable, a function, a class. */
interface Declaration {
  readonly names: readonly string[]
  readonly node: Node
  readonly uses: ReadonlySet<string>
}

/**
 * Leaves out the imports and declarations that only code which was left out uses, as TypeScript leaves out imports that only types use. What
 * nothing used before stays: it may be there for its effect.
 */
export function leaveOutUnused(program: Node, code: string, edits: Edits): void {
  const isLeftOut = (node: Node) => edits.holds(node)
  const declarations: Declaration[] = []
  const kept = new Set<string>()
  for (const statement of nodesOf(program.body)) {
    const declared = declaredBy(statement)
    if (declared.length === 0) for (const name of namesIn(statement, isLeftOut)) kept.add(name)
    declarations.push(...declared.map(one => ({ ...one, uses: namesIn(one.node, isLeftOut) })))
  }
  const mentioned = namesOfLeftOut(program, isLeftOut)
  follow(mentioned, declarations)
  for (const { names, uses } of declarations)
    if (!names.some(name => mentioned.has(name))) for (const name of [...names, ...uses]) kept.add(name)
  follow(kept, declarations)
  const unused = declarations.filter(({ names }) => !names.some(name => kept.has(name)))
  for (const { node } of unused) if (!/^Import/.test(node.type)) edits.replace(node)
  leaveOutImports(program, code, edits, new Set(unused.map(({ node }) => node)))
}

/** Adds what those that are in the set use, and so on. */
function follow(names: Set<string>, declarations: readonly Declaration[]): void {
  for (let size = -1; size !== names.size; ) {
    size = names.size
    for (const one of declarations)
      if (one.names.some(name => names.has(name))) for (const name of one.uses) names.add(name)
  }
}

function namesOfLeftOut(program: Node, isLeftOut: (node: Node) => boolean): Set<string> {
  const names = new Set<string>()
  const visit = (node: Node): void => {
    if (isLeftOut(node)) for (const name of namesIn(node)) names.add(name)
    else for (const value of Object.values(node)) for (const child of nodesOf(value)) visit(child)
  }
  visit(program)
  return names
}

/** Exports are used by whom this module does not know. */
function declaredBy(statement: Node): Omit<Declaration, 'uses'>[] {
  const namesOf = (patterns: unknown) => boundBy(patterns).map(one => nameOf(one) ?? '')
  switch (statement.type) {
    case 'ImportDeclaration':
      return nodesOf(statement.specifiers).map(node => ({ names: [nameOf(node.local) ?? ''], node }))
    case 'VariableDeclaration':
      return [{ names: namesOf(nodesOf(statement.declarations).map(({ id }) => id)), node: statement }]
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
    case 'TSDeclareFunction':
    case 'TSEnumDeclaration':
    case 'TSImportEqualsDeclaration':
    case 'TSInterfaceDeclaration':
    case 'TSModuleDeclaration':
    case 'TSTypeAliasDeclaration': {
      // `declare module 'x'` has no name of this module.
      const names = namesOf(statement.id)
      return names.length === 0 ? [] : [{ names, node: statement }]
    }
    default:
      return []
  }
}

/** A declaration of imports is left out whole, so that its module is not loaded, or imports what is left. */
function leaveOutImports(program: Node, code: string, edits: Edits, unused: ReadonlySet<Node>): void {
  for (const statement of nodesOf(program.body)) {
    const specifiers = nodesOf(statement.specifiers)
    if (statement.type !== 'ImportDeclaration' || !specifiers.some(one => unused.has(one))) continue
    const used = specifiers.filter(one => !unused.has(one))
    if (used.length === 0) {
      edits.replace(statement)
      continue
    }
    // Once only types are left, `import { type A }` would still load the module.
    const isOfTypes = used.every(({ importKind }) => importKind === 'type') || statement.importKind === 'type'
    const textOf = ({ start, end, imported }: Node) =>
      code.slice(isOfTypes && isNode(imported) ? imported.start : start, end)
    const named = used.filter(({ type }) => type === 'ImportSpecifier').map(textOf)
    const clause = used.filter(({ type }) => type !== 'ImportSpecifier').map(textOf)
    if (named.length > 0) clause.push(`{ ${named.join(', ')} }`)
    const head = isOfTypes ? 'import type' : 'import'
    edits.replace(
      { start: statement.start, end: (statement.source as Node).start },
      `${head} ${clause.join(', ')} from `,
    )
  }
}
