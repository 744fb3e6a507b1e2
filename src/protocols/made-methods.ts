import type { Route, Router } from './protocol.js'

/**
 * The methods of a server as one protocol serves them. Each is made for its first request, so a server keeps nothing for protocols that no
 * client speaks and methods that no client calls.
 */
export class MadeMethods<M> {
  private readonly made = new Map<string, M>()

  constructor(
    private readonly router: Pick<Router, 'routes'>,
    private readonly make: (route: Route) => M,
  ) {}

  /** @param path `/hello.Hello/SayHello`. @returns undefined if the server has no such method; nothing is kept then */
  get(path: string): M | undefined {
    return this.made.get(path) ?? this.first(path)
  }

  /** Makes every method. */
  *all(): Iterable<M> {
    for (const path of this.router.routes.keys()) yield this.get(path) as M
  }

  private first(path: string): M | undefined {
    const route = this.router.routes.get(path)
    if (route === undefined) return undefined
    const method = this.make(route)
    this.made.set(path, method)
    return method
  }
}
