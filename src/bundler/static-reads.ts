import type { Edits } from './edits.js'
import { decoratorOf, type Imported } from './imports.js'
import { membersOf, type ServiceClass } from './services.js'
import { isLiteral, type Node, nameOf, walk } from './tree.js'

/** `Orders.limit` in a decorator: it is read when the page loads, so it must not throw. */
export interface StaticRead {
  readonly service: ServiceClass
  readonly member: string
  readonly node: Node
}

/** The reads of static members of services in decorators that a page keeps; compilers write these as calls. */
export function readByDecorators(
  program: Node,
  services: readonly ServiceClass[],
  { edits, imports }: { readonly edits: Edits; readonly imports: ReadonlyMap<string, Imported> },
): StaticRead[] {
  const isDecorator = (node: Node) =>
    node.type === 'Decorator' || (node.type === 'CallExpression' && /^[A-Z]/.test(calledName(node, imports)))
  const reads: StaticRead[] = []
  walk(program, (node, parents) => {
    if (edits.holds(node)) return false
    const member = nameOf(node.property)
    if (node.type !== 'MemberExpression' || member === undefined || !parents.some(isDecorator)) return undefined
    const owner = nameOf(node.object)
    const service = services.find(one => owner !== undefined && isNameOf(one, owner))
    if (service !== undefined) reads.push({ service, member, node })
    return undefined
  })
  return reads
}

/** A literal that a decorator reads is part of the contract. Others go, because nobody has to mark what is secret. */
export function isStaticKept(service: ServiceClass, member: Node, reads: readonly StaticRead[]): boolean {
  const isRead = reads.some(read => read.service === service && read.member === nameOf(member.key))
  return isRead && member.type === 'ClassProperty' && member.static === true && isLiteral(member.value)
}

/** tsc calls a class `Orders_1` where its decorators refer to it. */
function isNameOf({ name, isCompiled }: ServiceClass, owner: string): boolean {
  return name !== '' && (owner === name || (isCompiled && owner === `${name}_1`))
}

/** Members that every class has. */
const inherited = ['name', 'length', 'prototype']

/** Reads of members that are not in the page, one sentence for each member. */
export function staticsMissing(reads: readonly StaticRead[], placeOf: (node: Node) => string): string[] {
  const missing = new Map<string, string>()
  for (const { service, member, node } of reads) {
    const isKept = membersOf(service.node).some(one => nameOf(one.key) === member && isStaticKept(service, one, reads))
    // esbuild calls it `_Orders`.
    const what = `${service.isCompiled ? service.name.replace(/^_/, '') : service.name}.${member}`
    if (isKept || inherited.includes(member) || missing.has(what)) continue
    missing.set(
      what,
      `${placeOf(node)}: a decorator reads ${what}, which is not in the page; write a literal, or move it`,
    )
  }
  return [...missing.values()]
}

/** Empty if polywire does not have what is called. */
function calledName(call: Node, imports: ReadonlyMap<string, Imported>): string {
  const called = decoratorOf(call, imports)
  return called !== undefined && /^polywire(\/web)?$/.test(called.from) ? called.name : ''
}
