import { rootsOf } from '../../protocols/standard-services/descriptor-names.js'
import { reachableMessages } from '../../schema/reachable.js'
import { enumsIn } from '../../schema/shape.js'
import { readLock } from '../lock/read.js'
import type { RouteModel } from '../model.js'
import type { Finding } from './finding.js'
import type { RestRule } from './rules.js'
import type { Snapshot } from './snapshot.js'

/** What callers of routes no longer find, and what they read and write otherwise. @param json what breaks JSON, which routes carry */
export function restFindings(before: Snapshot, after: Snapshot, json: readonly Finding[]): Finding[] {
  const found: Finding[] = []
  const now = routesIn(after)
  for (const [key, { at, route }] of routesIn(before)) {
    const other = now.get(key)?.route
    if (other === undefined) found.push(finding('ROUTE_REMOVED', at, `nobody answers ${route.route} any more`))
    else found.push(...changesOf(at, route, other))
  }
  const carried = namesOnRoutes(before)
  for (const one of json) if (carried.has(one.at) || carried.has(ownerOf(one.at))) found.push({ ...one, wire: 'rest' })
  return found
}

/** Whether a method has a route. */
export function hasRoutes({ contract }: Snapshot): boolean {
  return contract.services.some(({ methods }) => methods.some(({ routes }) => routes.length > 0))
}

interface Placed {
  readonly at: string
  readonly route: RouteModel
}

/** By what a request has: `GET /v1/users/*`, since names of variables are not in it. */
function routesIn({ lock }: Snapshot): Map<string, Placed> {
  const routes = new Map<string, Placed>()
  for (const { name: service, methods } of readLock(lock).services)
    for (const { name, routes: own = [] } of methods)
      for (const route of own) routes.set(keyOf(route), { at: `${service}/${name}`, route })
  return routes
}

function keyOf({ route }: RouteModel): string {
  return route.replace(/\{[^}=]*(?:=([^}]*))?\}/g, (_, pattern: string | undefined) => pattern ?? '*')
}

function* changesOf(at: string, old: RouteModel, now: RouteModel): Generator<Finding> {
  const change = (rule: RestRule, level: Finding['level'], ...names: readonly (keyof RouteModel)[]) =>
    names.flatMap(name => {
      const [one, other] = [old[name] ?? 'default', now[name] ?? 'default']
      return one === other ? [] : [finding(rule, at, `${name} of ${old.route}: ${one} became ${other}`, level)]
    })
  yield* change('BODY_CHANGED', 'break', 'body', 'consumes')
  yield* change('RESPONSE_CHANGED', 'break', 'responseBody', 'produces')
  yield* change('STATUS_CHANGED', 'warn', 'status', 'location')
}

/** The messages and enums that routes carry. */
function namesOnRoutes({ contract }: Snapshot): Set<string> {
  const services = contract.services.map(one => ({
    ...one,
    methods: one.methods.filter(({ routes }) => routes.length > 0),
  }))
  const names = new Set<string>()
  for (const { name, fields } of reachableMessages(rootsOf(services))) {
    names.add(name)
    for (const { type } of fields) for (const one of enumsIn(type)) names.add(one.name as string)
  }
  return names
}

function ownerOf(at: string): string {
  return at.slice(0, Math.max(0, at.lastIndexOf('.')))
}

function finding(rule: RestRule, at: string, why: string, level: Finding['level'] = 'break'): Finding {
  return { wire: 'rest', at, rule: `REST_${rule}`, level, why }
}
