import { basesLeftIn } from './bases.js'
import type { Edits } from './edits.js'
import { effectOf } from './effects.js'
import { functionsAround } from './factories.js'
import { marksPassedOn } from './marks.js'
import type { Origins } from './origins.js'
import { membersOf, type ServiceClass } from './services.js'
import { isNode, type Node, nameOf, nodesOf, walk } from './tree.js'

/** A module whose services have lost their code. */
export interface Emptied {
  readonly program: Node
  readonly edits: Edits
  readonly services: readonly ServiceClass[]
  /** Classes without decorators that extend services. */
  readonly subclasses: readonly ServiceClass[]
  readonly origins: Origins
  /** The file and the line of a node. */
  readonly placeOf: (node: Node) => string
}

/** What stays in the page although it may be of the server, one sentence each. */
export function leftIn({ program, edits, services, subclasses, origins, placeOf }: Emptied): string[] {
  const isCompiled = services.some(service => service.isCompiled)
  const names = services.map(({ name }) => name).join(', ')
  const { imports } = origins
  // A module that connects as pages do is the page's own.
  const connects = [...imports.values()].some(({ from, name }) => from === 'polywire/web' && name === 'connect')
  const around = { imports, isCompiled, isLeftOut: (node: Node) => edits.holds(node) }
  const effects =
    connects || services.length === 0 ? [] : nodesOf(program.body).flatMap(one => nodesOf(effectOf(one, around)))
  const inFunctions = (connects ? [] : functionsAround(program, services)).flatMap(({ block, service }) =>
    nodesOf(block.body)
      .filter(({ type }) => type !== 'ReturnStatement')
      .flatMap(one => nodesOf(effectOf(one, around)))
      .map(node => ({ name: service.name, node })),
  )
  const merged = nodesOf(program.body)
    .map(one => (isNode(one.declaration) ? one.declaration : one))
    .filter(one => one.type === 'TSModuleDeclaration' && hasValues(one) && !edits.holds(one))
    .filter(({ id }) => services.some(({ name }) => name === nameOf(id)))
  return [
    ...marksPassedOn(program, imports)
      .filter(node => !edits.holds(node))
      .map(
        node => `${placeOf(node)}: a decorator of polywire is passed on here, and classes with it may stay in the page`,
      ),
    ...inFunctions
      .filter(({ node }) => !effects.some(({ start, end }) => start <= node.start && node.end <= end))
      .map(
        ({ name, node }) =>
          `${placeOf(node)}: this code in the function around ${name} stays in the page; move it to another file`,
      ),
    ...merged.map(
      node => `${placeOf(node)}: the namespace ${nameOf(node.id)} stays in the page; move it to another file`,
    ),
    ...effects.map(one => `${placeOf(one)}: this code beside ${names} stays in the page; move it to another file`),
    ...(connects ? [] : subclasses).map(
      ({ name, node }) =>
        `${placeOf(node)}: the code of ${name} stays in the page, because it has no decorator; put @Service() on it`,
    ),
    ...basesLeftIn(program, services, origins.classes).map(
      ({ name, node }) => `${placeOf(node)}: the code of ${name}'s base stays in the page, because it is not a service`,
    ),
    ...staticsLeftIn(program, services).map(
      ({ name, node }) => `${placeOf(node)}: static fields of ${name} stay in the page; bundle the source of the class`,
    ),
  ]
}

/** swc makes the static fields of a class with standard decorators fields of a class around it. */
function staticsLeftIn(program: Node, services: readonly ServiceClass[]): ServiceClass[] {
  const found: ServiceClass[] = []
  walk(program, node => {
    const members = membersOf(node)
    for (const service of services)
      if (members.some(({ key }) => key === service.node) && members.some(({ value }) => isNode(value)))
        found.push(service)
    return undefined
  })
  return found
}

/** Types are not code. */
function hasValues({ declare, body }: Node): boolean {
  if (declare === true || !isNode(body)) return false
  return nodesOf(body.type === 'TSModuleBlock' ? body.body : body).some(one => {
    const declared = isNode(one.declaration) ? one.declaration : one
    if (declared.type === 'TSModuleDeclaration') return hasValues(declared)
    return !/^TS(Interface|TypeAlias)/.test(declared.type) && declared.declare !== true
  })
}
