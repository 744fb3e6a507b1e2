import type { Edits } from './edits.js'
import { membersOf, type ServiceClass } from './services.js'
import { isLiteral, type Node, nameOf, walk } from './tree.js'

/** `Orders.limit` in a decorator: it is read when the page loads, so it must not throw. */
export interface StaticRead {
  readonly service: ServiceClass
  readonly member: string
  readonly node: Node
}

/** The reads of static members of services in decorators that a page keeps. Compilers' calls of decorators are not searched. */
export function readByDecorators(program: Node, services: readonly ServiceClass[], edits: Edits): StaticRead[] {
  const reads: StaticRead[] = []
  walk(program, (node, parents) => {
    if (edits.holds(node)) return false
    const member = nameOf(node.property)
    if (node.type !== 'MemberExpression' || member === undefined || !parents.some(isDecorator)) return undefined
    const service = services.find(({ name }) => name !== '' && name === nameOf(node.object))
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

/** Reads that throw in the page, one sentence each. */
export function staticsMissing(
  services: readonly ServiceClass[],
  reads: readonly StaticRead[],
  placeOf: (node: Node) => string,
): string[] {
  return services.flatMap(service =>
    membersOf(service.node).flatMap(member => {
      const read = reads.find(one => one.service === service && one.member === nameOf(member.key))
      if (read === undefined || member.static !== true || isStaticKept(service, member, reads)) return []
      const what = `${service.name}.${read.member}`
      return [`${placeOf(read.node)}: a decorator reads ${what}, which is not in the page; write a literal, or move it`]
    }),
  )
}

function isDecorator({ type }: Node): boolean {
  return type === 'Decorator'
}
