import { type MethodKind, streamsOut } from '../core/call.js'
import type { PathTemplate } from './path-template.js'

/** The HTTP methods that a route can have. A `GET` route also answers `HEAD`. */
export type HttpVerb = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

/** Options of a route. */
export interface HttpOptions {
  /**
   * The field of the request that the body holds. `'*'`: the body holds every field that is not in the path. Fields in neither are
   * parameters of the query. Default: the route takes no body.
   */
  readonly body?: string
  /** The field of the reply that the body of the response holds. Default: the whole reply. */
  readonly responseBody?: string
  /** The status of a successful response: 200, 201, 202, 203 or 204, which has no body. Default: 201 with `location`, 204 for a method that returns nothing, else 200. */
  readonly status?: number
  /** The path of what was created, with fields of the reply: `'/v1/users/{id}'`. It is sent as `Location`. Default: none. */
  readonly location?: string
  /**
   * The media types of a body of bytes, such as `'image/png, image/jpeg'` or `'image/*'`. `body` names the field, of type `bytes`, that takes
   * it; a method of `streamOf(bytes)` gets it in chunks. `'application/x-www-form-urlencoded'` with `body: '*'`: the body is a form with the
   * fields of the request. Default: the body is JSON.
   */
  readonly consumes?: string
  /** The media type of a response of bytes, such as `'image/png'`: the reply, or its field `responseBody`, is `bytes`. Default: JSON. */
  readonly produces?: string
}

/** A route by which HTTP requests other than RPCs call a method, as `google.api.http` defines it. */
export interface HttpRule extends HttpOptions {
  /** The HTTP method. */
  readonly verb: HttpVerb
  /** The path. */
  readonly template: PathTemplate
}

/** The media type of a form. With `body: '*'` its names are fields of the request, as in a query. */
export const formType = 'application/x-www-form-urlencoded'

/** Whether the body is a form whose names are fields. */
export function takesForm({ body, consumes }: HttpOptions): boolean {
  return body === '*' && consumes === formType
}

/** `GET /v1/users/{id}` */
export function routeOf({ verb, template }: HttpRule): string {
  return `${verb} ${template.text}`
}

/** The status of a successful call by a route. */
export function successStatus(
  { status, location }: HttpRule,
  { kind, result }: { readonly kind: MethodKind; readonly result: 'message' | 'value' | 'nothing' },
): number {
  if (status !== undefined) return status
  if (location !== undefined) return 201
  return result === 'nothing' && !streamsOut({ kind }) ? 204 : 200
}
