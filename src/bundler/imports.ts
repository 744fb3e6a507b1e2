import * as page from 'polywire/web'
import { type Node, nameOf, nodesOf, pathOf } from './tree.js'

/** What an import binds: `{ from: 'polywire', name: 'Service' }`. The name of a namespace is `*`. */
export interface Imported {
  readonly from: string
  readonly name: string
}

/** The imports of a module by their local names. */
export function importsOf(program: Node): ReadonlyMap<string, Imported> {
  const imports = new Map<string, Imported>()
  for (const { type, source, specifiers } of nodesOf(program.body)) {
    if (type !== 'ImportDeclaration') continue
    for (const { local, imported, type: kind } of nodesOf(specifiers)) {
      const name = kind === 'ImportNamespaceSpecifier' ? '*' : (nameOf(imported) ?? 'default')
      imports.set(nameOf(local) ?? '', { from: nameOf(source) ?? '', name })
    }
  }
  return imports
}

/** What a decorator, or a call of one, was imported as: `@Method(...)`, `@polywire.Method(...)`. */
export function decoratorOf(expression: Node, imports: ReadonlyMap<string, Imported>): Imported | undefined {
  const { callee } = expression
  const [called = expression] = expression.type === 'CallExpression' ? nodesOf(callee) : []
  const known = imports.get(pathOf(called) ?? '')
  if (known !== undefined || called.type !== 'MemberExpression') return known
  const namespace = imports.get(pathOf(called.object) ?? '')
  return namespace?.name === '*' ? { from: namespace.from, name: nameOf(called.property) ?? '' } : undefined
}

/** A decorator that makes its class, or the class of its member, a service. */
export function marksService({ from, name }: Imported): boolean {
  return /^polywire(\/web)?$/.test(from) && /^(Service|Method|Http)$/.test(name)
}

/** A decorator that only a server has: a policy of handlers, a route of REST, an injection. A page has no module with it. */
export function isOfServer({ from, name }: Imported): boolean {
  if (/^(polywire\/)?inversify$/.test(from)) return true
  return from === 'polywire' && /^[A-Z]/.test(name) && !(name in page)
}

/** A function of polywire that only declares something: a decorator, a type, a policy. */
export function declares({ from, name }: Imported): boolean {
  return from === 'polywire/extend' || (/^polywire(\/web)?$/.test(from) && name in page && name !== 'connect')
}
