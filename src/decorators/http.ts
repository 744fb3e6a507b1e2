import type { HttpOptions } from '../schema/http-rule.js'
import { ownMethod } from './declarations.js'
import type { AnyMethodDecorator } from './fitting.js'
import { readRoute } from './read-route.js'

/**
 * Lets HTTP requests other than RPCs call a method: REST, with the rules of `google.api.http`. A method can have several routes, and is
 * still called as an RPC too.
 *
 * @param route an HTTP method and a path: `'GET /v1/users/{id}'`. A variable in braces is a field of the request. `{name=shelves/*}` takes
 *   two segments of the path, `**` any number, and `:cancel` at the end is part of the path. Fields that are neither in the path nor in
 *   the body are parameters of the query, `?page.size=10&tag=a&tag=b`
 *
 * @example
 * @Method({ accepts: GetUser, returns: User }) @Safe() @Http('GET /v1/users/{id}')
 * async getUser(request: GetUser): Promise<User> { ... }
 *
 * @Method({ accepts: CreateUser, returns: User })
 * @Http('POST /v1/users', { body: 'user', location: '/v1/users/{id}' })
 * async createUser(request: CreateUser): Promise<User> { ... }
 *
 * @see docs/guide/rest.md
 */
export function Http(route: string, options?: HttpOptions): AnyMethodDecorator
export function Http(route: string, options: HttpOptions = {}): unknown {
  return (...args: unknown[]) => {
    // Decorators run from the last to the first.
    ownMethod(args).routes.unshift({ route, options, read: readRoute })
  }
}
