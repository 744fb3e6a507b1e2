import { RpcError } from '../../core/rpc-error.js'
import type { HttpRule } from '../../protocols/standard-services/descriptor-messages.js'
import { parseTemplate } from '../../schema/path-template.js'
import type { RouteModel } from '../model.js'

/** The routes of a method's option `google.api.http`, and notes about those that `@Http` cannot have. */
export interface ReadRoutes {
  readonly routes: readonly RouteModel[]
  readonly notes: readonly string[]
}

/** @param isUpload whether the method takes a stream of requests, whose messages `@Http` takes only whole */
export function routesOf(option: HttpRule | undefined, isUpload: boolean): ReadRoutes {
  if (option === undefined) return { routes: [], notes: [] }
  const routes: RouteModel[] = []
  const notes: string[] = []
  for (const rule of [option, ...(option.additionalBindings ?? [])]) {
    const route = isUpload && rule.body !== '*' ? "a stream of requests needs body: '*'" : readRule(rule)
    if (typeof route === 'string') notes.push(`a rule of its google.api.http is left out: ${route}`)
    else routes.push(route)
  }
  return { routes, notes }
}

/** @returns why there is no route, as a clause */
function readRule({ pattern, body, responseBody }: HttpRule): RouteModel | string {
  if (pattern === undefined) return 'it has no path'
  if (pattern.case === 'custom') return `@Http has no method ${pattern.value.kind}`
  if (pattern.case === 'get' && body) return 'a GET has no body'
  try {
    parseTemplate(pattern.value, pattern.value)
  } catch (error) {
    return RpcError.from(error).message
  }
  return {
    route: `${pattern.case.toUpperCase()} ${pattern.value}`,
    body: body || undefined,
    responseBody: responseBody || undefined,
  }
}
