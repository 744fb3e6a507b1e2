import { decoratorOf, type Imported, marksService } from './imports.js'
import { isNode, type Node, nameOf, namesIn, nodesOf, walk } from './tree.js'

/** A class with `@Service` or `@Method`. */
export interface ServiceClass {
  readonly name: string
  readonly node: Node
  /** Whether a compiler has replaced its decorators by calls. */
  readonly isCompiled: boolean
}

/**
 * The services of a module. In source they have decorators. Compilers write these as calls with the class or its prototype
 * (`__decorate([Service()], Hello)`, all of legacy decorators and esbuild's standard ones), or name them in a static block of the class (standard
 * decorators of tsc and swc).
 */
export function servicesOf(program: Node, imports: ReadonlyMap<string, Imported>): ServiceClass[] {
  const isMark = (node: Node) => {
    const decorator = decoratorOf(node, imports)
    return node.type === 'CallExpression' && decorator !== undefined && marksService(decorator)
  }
  const classes: { name: string; node: Node; scope: Node; blocks: Node[] }[] = []
  const services = new Map<Node, boolean>()
  /** Variables that hold such decorators, within the function that assigns them: every class of tsc has its own `_classDecorators`. */
  const variables: { name: string; scope: Node }[] = []
  const holdsMark = (node: Node, scope: Node): boolean =>
    isMark(node) ||
    (node.type === 'ArrayExpression' && nodesOf(node.elements).some(isMark)) ||
    (node.type === 'Identifier' && variables.some(one => one.name === node.name && one.scope === scope))
  const decorated: string[] = []

  walk(program, (node, parents) => {
    const scope = parents.findLast(({ type }) => /Function/.test(type)) ?? program
    if (/^Class(Declaration|Expression)$/.test(node.type)) {
      const members = membersOf(node)
      const name = nameOf(node.id) ?? nameOf(parents.at(-1)?.id) ?? nameOf(parents.at(-1)?.left) ?? ''
      classes.push({ name, node, scope, blocks: members.filter(({ type }) => type === 'StaticBlock') })
      const decorators = [node, ...members].flatMap(one => nodesOf(one.decorators))
      if (decorators.some(({ expression }) => isNode(expression) && isMark(expression))) services.set(node, false)
    }
    const value = node.type === 'VariableDeclarator' ? node.init : node.type === 'AssignmentExpression' && node.right
    const variable = nameOf(node.id) ?? nameOf(node.left)
    if (variable !== undefined && isNode(value) && holdsMark(value, scope)) variables.push({ name: variable, scope })
    if (node.type === 'CallExpression') {
      const values = nodesOf(node.arguments)
      if ([node.callee, ...values].some(one => isNode(one) && holdsMark(one, scope)))
        for (const one of values) decorated.push(nameOf(one.type === 'MemberExpression' ? one.object : one) ?? '')
    }
    return undefined
  })

  for (const { name, node, scope, blocks } of classes) {
    const isNamed = name !== '' && decorated.includes(name)
    if (!services.has(node) && (isNamed || blocks.some(block => mentions(block, variables, scope))))
      services.set(node, true)
  }
  return classes.flatMap(({ name, node }) => {
    const isCompiled = services.get(node)
    return isCompiled === undefined ? [] : [{ name, node, isCompiled }]
  })
}

function mentions(block: Node, variables: readonly { name: string; scope: Node }[], scope: Node): boolean {
  let found = false
  walk(block, node => {
    found ||= node.type === 'Identifier' && variables.some(one => one.name === node.name && one.scope === scope)
    return !found
  })
  return found
}

export function membersOf(node: Node): Node[] {
  return isNode(node.body) ? nodesOf(node.body.body) : []
}

/** Blocks by which tsc and swc decorate a class: `static { _classThis = this }`. */
export function isOfCompiler(block: Node): boolean {
  const names = [...namesIn(block)]
  return names.includes('_metadata') || names.some(name => /^_apply_decs/.test(name)) || names.every(isOfCompilers)
}

/** Names of compilers, in code that a compiler wrote: `_classThis`, `__decorate`. */
export function isOfCompilers(name: string): boolean {
  return name.startsWith('_')
}
