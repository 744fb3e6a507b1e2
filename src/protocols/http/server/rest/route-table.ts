import { misuse } from '../../../../core/rpc-error.js'
import { type HttpRule, type HttpVerb, routeOf } from '../../../../schema/http-rule.js'
import type { MethodSchema, ServiceSchema } from '../../../../schema/service.js'

/** A route of a table. */
export interface RouteEntry {
  readonly rule: HttpRule
  readonly method: MethodSchema
}

/** The routes that fit one path, by HTTP method, and the path as they divide it. */
export interface RouteMatch<E> {
  readonly byVerb: ReadonlyMap<HttpVerb, E>
  /** Not decoded, and without what follows the colon. */
  readonly segments: readonly string[]
}

type Ends<E> = Map<string, Map<HttpVerb, E>>

/** A segment of templates, and what follows it. */
class Node<E> {
  readonly literals = new Map<string, Node<E>>()
  /** For `*`. */
  any: Node<E> | undefined = undefined
  /** The routes that end here, by what follows their colon. */
  readonly ends: Ends<E> = new Map()
  /** Those that end here with `**`. */
  readonly rest: Ends<E> = new Map()
}

/**
 * The routes of a server. A literal segment wins over `*`, and `*` over `**`.
 *
 * Each node of the tree is visited at most once, so a lookup costs as much as its path is long, plus at most the number of routes.
 */
export class RouteTable<E extends RouteEntry> {
  readonly entries: E[] = []
  private readonly root = new Node<E>()

  /** @throws RpcError `failed_precondition` (`conflicting_routes`), naming both */
  add(entry: E): void {
    const { template, verb } = entry.rule
    let node = this.root
    let isRest = false
    for (const segment of template.segments) {
      if (segment === '**') isRest = true
      else if (segment === '*') node = node.any ??= new Node()
      else {
        const next = node.literals.get(segment) ?? new Node()
        node.literals.set(segment, next)
        node = next
      }
    }
    const ends = isRest ? node.rest : node.ends
    const byVerb = ends.get(template.verb) ?? new Map<HttpVerb, E>()
    ends.set(template.verb, byVerb)
    const other = byVerb.get(verb)
    if (other !== undefined) throw conflict(other, entry)
    byVerb.set(verb, entry)
    this.entries.push(entry)
  }

  /** @param path begins with a slash, and is not decoded. @returns undefined if no route has the path */
  find(path: string, verb: string | undefined): RouteMatch<E> | undefined {
    const segments = path.slice(1).split('/')
    const last = segments.at(-1) as string
    const colon = last.lastIndexOf(':')
    const plain = this.match(segments, '')
    if (colon < 0) return plain
    const without = [...segments.slice(0, -1), last.slice(0, colon)]
    const custom = this.match(without, last.slice(colon + 1))
    // `GET /v1/users/a:b` of a route `/v1/users/{id}` is not hindered by a `POST /v1/users/{id}:b`.
    return custom === undefined || (plain?.byVerb.has(verb as HttpVerb) && !custom.byVerb.has(verb as HttpVerb))
      ? plain
      : custom
  }

  private match(segments: readonly string[], colon: string): RouteMatch<E> | undefined {
    const byVerb = ending(this.root, segments, 0, colon)
    return byVerb && { byVerb, segments }
  }
}

function ending<E>(
  node: Node<E>,
  segments: readonly string[],
  at: number,
  colon: string,
): Map<HttpVerb, E> | undefined {
  const segment = segments[at]
  if (segment === undefined) return node.ends.get(colon) ?? node.rest.get(colon)
  const literal = node.literals.size === 0 ? undefined : node.literals.get(decoded(segment))
  const found = literal && ending(literal, segments, at + 1, colon)
  if (found !== undefined) return found
  const any = node.any === undefined || segment === '' ? undefined : ending(node.any, segments, at + 1, colon)
  return any ?? node.rest.get(colon)
}

/** The segment itself if it cannot be decoded, which no literal equals. */
function decoded(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function conflict(one: RouteEntry, other: RouteEntry): Error {
  return misuse(
    'conflicting_routes',
    `${nameOf(one.method)} and ${nameOf(other.method)} have routes for the same requests: ` +
      `${routeOf(one.rule)} and ${routeOf(other.rule)}; change one of them`,
  )
}

/** The error of a route for a path at which the server has a page of its own. */
export function takenByPage(method: MethodSchema, rule: HttpRule): Error {
  return misuse(
    'conflicting_routes',
    `${nameOf(method)}: the server itself answers ${routeOf(rule)}; choose another path, or turn that page off in serve`,
  )
}

function nameOf({ path }: MethodSchema): string {
  return path.slice(1).replace('/', '.')
}

/**
 * Refuses routes that would never be reached.
 * @throws RpcError `failed_precondition` (`conflicting_routes`)
 */
export function refuseHidden(services: readonly ServiceSchema[]): void {
  const byPath = new Map(services.flatMap(({ methods }) => methods.map(method => [method.path, method] as const)))
  for (const method of byPath.values()) {
    for (const rule of method.routes) {
      const other = byPath.get(rule.template.text)
      if (other === undefined) continue
      throw misuse(
        'conflicting_routes',
        `${nameOf(method)}: the route ${routeOf(rule)} is the path at which ${nameOf(other)} is called as an RPC; choose another path`,
      )
    }
  }
}
