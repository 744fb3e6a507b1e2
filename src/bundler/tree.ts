/** A node of the syntax tree of @babel/parser, as far as it is read here. */
export interface Node {
  readonly type: string
  /** In UTF-16 code units from the start of the file. */
  readonly start: number
  readonly end: number
  readonly [property: string]: unknown
}

/**
 * The tree of a module. Throws what the parser throws, or says how to install it.
 *
 * `decorators-legacy` is the plugin that also takes decorators of parameters; it parses standard decorators as well.
 */
export async function parseModule(code: string, file: string): Promise<Node> {
  const { parse } = await import('@babel/parser').catch((cause: unknown) => {
    throw new Error('polywire/bundler needs @babel/parser: npm install --save-dev @babel/parser', { cause })
  })
  const isTypeScript = /\.[cm]?tsx?$/.test(file)
  return parse(code, {
    sourceType: 'module',
    allowReturnOutsideFunction: true,
    plugins: [
      'decorators-legacy',
      'decoratorAutoAccessors',
      'explicitResourceManagement',
      ...(isTypeScript ? (['typescript'] as const) : []),
      ...(/\.[cm]?ts$/.test(file) ? [] : (['jsx'] as const)),
    ],
  }).program as unknown as Node
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

/** The nodes of a property that holds one, several or none. */
export function nodesOf(value: unknown): Node[] {
  return (Array.isArray(value) ? value : [value]).filter(isNode)
}

const comments = new Set(['leadingComments', 'innerComments', 'trailingComments', 'extra', 'loc'])

export function childrenOf(node: Node): Node[] {
  return Object.entries(node).flatMap(([name, value]) => (comments.has(name) ? [] : nodesOf(value)))
}

/** Visits a node and all below it, parents first, unless `visit` returns false. `parents` begins with the root. */
export function walk(
  node: Node,
  visit: (node: Node, parents: readonly Node[]) => boolean | undefined,
  parents: readonly Node[] = [],
): void {
  if (visit(node, parents) === false) return
  const below = [...parents, node]
  for (const child of childrenOf(node)) walk(child, visit, below)
}

/** The name of an identifier or the value of a string; undefined for anything else. */
export function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  const name = node.type === 'StringLiteral' ? node.value : node.name
  return typeof name === 'string' ? name : undefined
}

/** Properties that hold a name and no reference, unless the node is computed. */
const labels: Readonly<Record<string, string>> = {
  MemberExpression: 'property',
  OptionalMemberExpression: 'property',
  ObjectProperty: 'key',
  ObjectMethod: 'key',
  ClassMethod: 'key',
  ClassProperty: 'key',
  ClassAccessorProperty: 'key',
  TSDeclareMethod: 'key',
}

/** The names that code refers to or declares, without labels of properties and without the ranges that are left out. */
export function namesIn(node: Node, isLeftOut: (node: Node) => boolean = () => false): Set<string> {
  const names = new Set<string>()
  walk(node, (one, parents) => {
    if (isLeftOut(one)) return false
    const parent = parents.at(-1)
    const label = parent && parent.computed !== true ? parent[labels[parent.type] ?? ''] : undefined
    if ((one.type === 'Identifier' || one.type === 'JSXIdentifier') && one !== label) names.add(String(one.name))
    return undefined
  })
  return names
}
