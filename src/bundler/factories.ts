import type { ServiceClass } from './services.js'
import { isNode, type Node, walk } from './tree.js'

/** The body of a function that makes a service. */
export interface AroundService {
  /** A block, whose `body` has statements as that of a program. */
  readonly block: Node
  readonly service: ServiceClass
}

/** The functions around services, inner ones first. */
export function functionsAround(program: Node, services: readonly ServiceClass[]): AroundService[] {
  const found = new Map<Node, ServiceClass>()
  walk(program, (node, parents) => {
    const service = services.find(one => one.node === node)
    if (service === undefined) return undefined
    for (const { type, body } of parents.toReversed())
      if (/Function|Method/.test(type) && isNode(body) && body.type === 'BlockStatement') found.set(body, service)
    return undefined
  })
  const blocks = [...found].toSorted(([one], [other]) => other.start - one.start)
  return blocks.map(([block, service]) => ({ block, service }))
}
