import test from 'ava'
import { builtInCodecs } from '../../src/codecs/built-in.js'
import { builtInProtocols } from '../../src/protocols/built-in.js'
import { MadeMethods } from '../../src/protocols/made-methods.js'
import type { Route, Router } from '../../src/protocols/protocol.js'
import { ServiceRouter } from '../../src/server/router.js'
import { settingsOf } from '../../src/server/serve-options.js'
import { HelloService } from '../fixtures/hello.js'

// What a protocol makes of a server's methods is memory that a server of thousands of them would have once for each protocol.

/** Counts what is made of a router's methods: whatever keeps one has to get it from here, and checks only look at them. */
class WatchedRoutes extends Map<string, Route> {
  taken = 0

  override get(path: string): Route | undefined {
    this.taken++
    return super.get(path)
  }

  override [Symbol.iterator]() {
    this.taken++
    return super[Symbol.iterator]()
  }
}

function watched(): {
  readonly router: Router
  readonly routes: WatchedRoutes
  readonly settings: ReturnType<typeof settingsOf>
} {
  const settings = settingsOf({ report: () => {} })
  const { clock, report } = settings
  const router = new ServiceRouter([HelloService], { clock, report, policies: [] })
  const routes = new WatchedRoutes()
  for (const [path, route] of router.routes) routes.set(path, route)
  return { router: Object.create(router, { routes: { value: routes } }) as Router, routes, settings }
}

for (const protocol of builtInProtocols.filter(({ name }) => name !== 'memory')) {
  test(`${protocol.name}: nothing is made of the methods before a client speaks it, or warmUp makes all`, t => {
    const { router, routes, settings } = watched()
    const binding = protocol.serve(router, settings)
    t.teardown(() => binding.destroy())
    t.is(routes.taken, 0)
    const codec = builtInCodecs.find(({ name }) => name === protocol.defaultCodec)
    for (const _ of binding.warmUp?.(codec === undefined ? [] : [codec]) ?? []);
    t.true(routes.taken > 0)
  })
}

test('a method is made once, for its first request, and nothing is kept of one that does not exist', t => {
  const { router, routes } = watched()
  const made: string[] = []
  const methods = new MadeMethods(router, ({ method }) => {
    made.push(method.path)
    return { method }
  })
  t.is(methods.get('/hello.Hello/Unknown'), undefined)
  t.is(methods.get('__proto__'), undefined)
  t.deepEqual(made, [])
  const first = methods.get('/hello.Hello/SayHello')
  t.is(first?.method.path, '/hello.Hello/SayHello')
  t.is(methods.get('/hello.Hello/SayHello'), first)
  t.deepEqual(made, ['/hello.Hello/SayHello'])
  const all = [...methods.all()]
  t.true(all.includes(first as never))
  t.deepEqual(made.toSorted(), [...routes.keys()].toSorted())
})
