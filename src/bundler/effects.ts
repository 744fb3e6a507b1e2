import { declares, decoratorOf, type Imported } from './imports.js'
import { isOfCompiler, isOfCompilers } from './services.js'
import { isNode, type Node, nameOf, namesIn, nodesOf, walk } from './tree.js'

/** What decides whether code of a module has an effect. */
export interface Surroundings {
  readonly imports: ReadonlyMap<string, Imported>
  /** Whether a compiler wrote the module. Compilers decorate by statements, with functions whose names begin with `_`. */
  readonly isCompiled: boolean
  readonly isLeftOut: (node: Node) => boolean
}

/** What a statement at the top of a module does when the module loads: the statement itself, or the part of it that runs code. */
export function effectOf(statement: Node, around: Surroundings): Node | undefined {
  if (statement.type === 'ImportDeclaration') {
    const isForEffect = nodesOf(statement.specifiers).length === 0 && nameOf(statement.source) !== 'reflect-metadata'
    return isForEffect ? statement : undefined
  }
  const isStatement = /^(Expression|If|For|ForOf|ForIn|While|DoWhile|Try|Switch|Block|Labeled)Statement$/
  if (!isStatement.test(statement.type) || (around.isCompiled && [...namesIn(statement)].some(isOfCompilers)))
    return runningIn(statement, around)
  return statement
}

/** The first call, `new`, `await` or tagged template outside functions that is not a declaration of polywire. Decorators are not judged. */
function runningIn(statement: Node, { imports, isCompiled, isLeftOut }: Surroundings): Node | undefined {
  let found: Node | undefined
  const isOfThisCompiler = (name: unknown) => isCompiled && isHelper(nameOf(name), imports)
  const visit = (node: Node, parents: readonly Node[]): boolean => {
    if (found !== undefined || isLeftOut(node) || node.type === 'Decorator') return false
    const { type, callee } = node
    if (/Function|^(Class|Object)(Private)?Method$/.test(type)) return parents.at(-1)?.callee === node
    if (/^Class(Accessor|Private)?Property$/.test(type) && node.static !== true) return false
    if (type === 'StaticBlock' && isCompiled && isOfCompiler(node)) return false
    // `_find_decorators = [Check()]`
    if (isCompiled && /^_\w*dec(s|orators)?\d*$/i.test(nameOf(node.id) ?? nameOf(node.left) ?? '')) return false
    if (/^(Optional)?CallExpression$/.test(type) && isNode(callee)) {
      if (isOfThisCompiler(callee)) return !/dec|metadata/i.test(nameOf(callee) ?? '')
      const imported = decoratorOf(node, imports)
      if (!/Function/.test(callee.type) && (imported === undefined || !declares(imported))) found = node
    } else if (type === 'NewExpression') {
      // swc constructs a class around one that has decorators. Private fields become empty maps.
      const isEmpty = /^(Weak)?(Map|Set)$/.test(nameOf(callee) ?? '') && nodesOf(node.arguments).length === 0
      if (!isEmpty && (!isNode(callee) || !isOfThisCompiler(callee.superClass))) found = node
    } else if (/^(Await|Import|TaggedTemplate)Expression$/.test(type)) found = node
    return found === undefined
  }
  walk(statement, visit)
  return found
}

/** A function of a compiler: in the module itself, or from the compiler's package. */
function isHelper(name: string | undefined, imports: ReadonlyMap<string, Imported>): boolean {
  if (name === undefined || !isOfCompilers(name)) return false
  const imported = imports.get(name)
  return imported === undefined || /^(tslib$|@(swc|babel|oxc-project)\/)/.test(imported.from)
}
