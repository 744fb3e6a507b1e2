/** A node of the syntax tree of @babel/parser, as far as it is read here. */
export interface Node {
  readonly type: string
  /** In UTF-16 code units from the start of the file. */
  readonly start: number
  readonly end: number
  readonly [property: string]: unknown
}

/** A module's tree, and its comments. */
export interface Parsed {
  readonly program: Node
  readonly comments: readonly Node[]
}

/**
 * Throws what the parser throws, or says how to install it.
 *
 * `decorators-legacy` is the plugin that also takes decorators of parameters; it parses standard decorators as well.
 */
export async function parseModule(code: string, file: string): Promise<Parsed> {
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
  }) as unknown as Parsed
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

/** `rpc.Method` of an identifier or members of one; undefined for anything else. */
export function pathOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Identifier') return nameOf(node)
  const path = node.type === 'MemberExpression' && node.computed !== true ? pathOf(node.object) : undefined
  return path && `${path}.${nameOf(node.property)}`
}

/** A value that is text, a number or alike. */
export function isLiteral(node: unknown): boolean {
  return isNode(node) && /^(String|Numeric|Boolean|BigInt|Null)Literal$/.test(node.type)
}

/** Properties that hold a name and no reference, unless the node is computed. */
const labels: Readonly<Record<string, string>> = {
  MemberExpression: 'property',
  OptionalMemberExpression: 'property',
  JSXMemberExpression: 'property',
  JSXAttribute: 'name',
  ObjectProperty: 'key',
  ObjectMethod: 'key',
  ClassMethod: 'key',
  ClassProperty: 'key',
  ClassAccessorProperty: 'key',
  LabeledStatement: 'label',
  BreakStatement: 'label',
  ContinueStatement: 'label',
  TSDeclareMethod: 'key',
  TSEnumMember: 'id',
  TSMethodSignature: 'key',
  TSNamedTupleMember: 'label',
  TSPropertySignature: 'key',
  TSQualifiedName: 'right',
  TSTypePredicate: 'parameterName',
}

/** Whether a node is a name of its parent's and no reference: `b` of `a.b`. */
export function isLabel(node: Node, parent: Node): boolean {
  return parent.computed !== true && parent[labels[parent.type] ?? ''] === node
}

/** The identifiers that patterns declare, without their types and default values. */
export function boundBy(patterns: unknown): Node[] {
  return nodesOf(patterns).flatMap(node => {
    if (node.type === 'Identifier') return [node]
    if (node.type === 'ObjectProperty') return boundBy(node.value)
    return boundBy(node.properties ?? node.elements ?? node.left ?? node.argument ?? node.parameter)
  })
}

/** What a function declares for its body. Types of functions and methods have parameters as well. */
function parametersOf(node: Node): Node[] {
  if (!/Function|Method|Signature|TSConstructorType/.test(node.type)) return []
  return [...boundBy(node.params ?? node.parameters), ...(node.type === 'FunctionExpression' ? boundBy(node.id) : [])]
}

function declaredInBlock(node: Node): Node[] {
  if (node.type !== 'BlockStatement') return []
  return nodesOf(node.body).flatMap(one => boundBy(nodesOf(one.declarations ?? one).map(({ id }) => id)))
}

/**
 * The names that code declares for its module or refers to: without labels of properties, parameters, what blocks declare for themselves, and
 * the ranges that are left out.
 */
export function namesIn(node: Node, isLeftOut: (node: Node) => boolean = () => false): Set<string> {
  const names = new Set<string>()
  const declared = new Set<Node>()
  const visit = (one: Node, local: ReadonlySet<string>): void => {
    if (isLeftOut(one) || one.type === 'PrivateName') return
    const name = /^(JSX)?Identifier$/.test(one.type) && !declared.has(one) ? String(one.name) : undefined
    if (name !== undefined && !local.has(name)) names.add(name)
    const parameters = parametersOf(one)
    for (const parameter of parameters) declared.add(parameter)
    const own = [...parameters, ...declaredInBlock(one)].map(parameter => String(parameter.name))
    const within = own.length === 0 ? local : new Set([...local, ...own])
    for (const child of childrenOf(one))
      if (!isLabel(child, one)) visit(child, child === one.body || one.type === 'BlockStatement' ? within : local)
  }
  visit(node, new Set())
  return names
}
