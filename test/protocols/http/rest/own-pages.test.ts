import test from 'ava'
import {
  Field,
  type HostingOptions,
  Http,
  Message,
  Method,
  RpcError,
  Safe,
  Service,
  serve,
  string,
} from '../../../../src/index.js'

@Message('pages.Path')
class Path {
  @Field(1, string) path = ''
}

@Service('pages.Site')
class Site {
  @Method({ accepts: Path, returns: Path })
  @Safe()
  @Http('GET /{path=**}')
  @Http('POST /{path=**}')
  async page({ path }: Path): Promise<Path> {
    return { path }
  }
}

function routed(route: string) {
  @Service('pages.Routed')
  class Routed {
    @Method({ accepts: Path, returns: Path })
    @Safe()
    @Http(route)
    async page(path: Path): Promise<Path> {
      return path
    }
  }
  return Routed
}

const all = {
  host: '127.0.0.1',
  openapi: true,
  metrics: true,
  console: true,
  report: () => {},
} satisfies HostingOptions

test('a route for every path does not hide the pages of the server', async t => {
  const server = await serve([Site], all)
  t.teardown(() => server.close())
  const typeOf = async (path: string, method = 'GET') => {
    const { status, headers } = await fetch(`http://${server.address}${path}`, { method })
    return [status, headers.get('content-type')]
  }
  t.deepEqual(await typeOf('/healthz'), [200, 'text/plain; charset=utf-8'])
  t.deepEqual(await typeOf('/healthz', 'HEAD'), [200, 'text/plain; charset=utf-8'])
  t.deepEqual(await typeOf('/readyz?verbose'), [200, 'application/json'])
  t.regex(String((await typeOf('/metrics'))[1]), /^(?:text\/plain|application\/openmetrics)/)
  t.regex(await (await fetch(`http://${server.address}/openapi.json`)).text(), /"openapi":\s*"3\.1\./)
  t.regex(String((await typeOf('/_polywire/'))[1]), /^text\/html/)
  t.deepEqual(await (await fetch(`http://${server.address}/healthz`, { method: 'POST' })).json(), { path: 'healthz' })
  t.deepEqual(await (await fetch(`http://${server.address}/about`)).json(), { path: 'about' })
})

test('a route for / takes requests for the root alone, with a query', async t => {
  const server = await serve([routed('GET /')], { host: '127.0.0.1', openapi: true, report: () => {} })
  t.teardown(() => server.close())
  const at = `http://${server.address}`
  t.deepEqual(await (await fetch(at)).json(), {})
  t.deepEqual(await (await fetch(`${at}/?path=a`)).json(), { path: 'a' })
  t.is((await fetch(`${at}/`, { method: 'DELETE' })).status, 405)
  t.is((await fetch(`${at}/a`)).status, 404)
  t.is((await fetch(`${at}//`)).status, 404)
  t.like(await (await fetch(`${at}/openapi.json`)).json(), {
    paths: { '/': { get: { operationId: 'pages.Routed.Page.route1' } } },
  })
})

test('a page that is turned off is free for routes', async t => {
  const server = await serve([Site], { host: '127.0.0.1', health: false, report: () => {} })
  t.teardown(() => server.close())
  t.deepEqual(await (await fetch(`http://${server.address}/healthz`)).json(), { path: 'healthz' })
})

for (const route of ['GET /healthz', 'GET /openapi.json', 'GET /metrics', 'GET /_polywire/api/call']) {
  test(`${route} as a route is an error at start-up`, async t => {
    const error = (await t.throwsAsync(serve([routed(route)], all), { instanceOf: RpcError })) as RpcError
    t.is(error.reason, 'conflicting_routes')
    t.is(
      error.message,
      `pages.Routed.Page: the server itself answers ${route}; choose another path, or turn that page off in serve`,
    )
  })
}
