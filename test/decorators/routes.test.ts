import test from 'ava'
import { serviceOf } from '../../src/decorators/read-service.js'
import type { HttpOptions } from '../../src/index.js'
import {
  bytes,
  Field,
  Http,
  Idempotent,
  int32,
  listOf,
  Message,
  Method,
  nothing,
  RpcError,
  Safe,
  Service,
  serve,
  streamOf,
  string,
} from '../../src/index.js'
import type { Class } from '../../src/schema/type.js'

@Message('routes.Ask')
class Ask {
  @Field(1, string) name = ''
  @Field(2, listOf(string)) tags: string[] = []
  @Field(3, int32) count = 0
  @Field(4, bytes) data: Uint8Array = new Uint8Array(0)
}

function methods(route: string, options?: HttpOptions) {
  return {
    unary: () => {
      @Service('routes.Demo')
      class Demo {
        @Method({ accepts: Ask, returns: Ask }) @Http(route, options) async ask(ask: Ask): Promise<Ask> {
          return ask
        }
      }
      return Demo
    },
    safe: () => {
      @Service('routes.Demo')
      class Demo {
        @Method({ accepts: Ask, returns: Ask }) @Safe() @Http(route, options) async ask(ask: Ask): Promise<Ask> {
          return ask
        }
      }
      return Demo
    },
    upload: () => {
      @Service('routes.Demo')
      class Demo {
        @Method({ accepts: streamOf(bytes), returns: nothing })
        @Http(route, options)
        async ask(_chunks: AsyncIterable<Uint8Array>): Promise<void> {}
      }
      return Demo
    },
  }
}

const mistakes: readonly [
  kind: 'unary' | 'safe' | 'upload',
  route: string,
  options: HttpOptions | undefined,
  problem: RegExp,
][] = [
  ['unary', '/v1/asks', undefined, /it must be a method and a path, such as 'GET \/v1\/users\/\{id\}'/],
  ['unary', 'FETCH /v1/asks', undefined, /the methods are GET, PUT, POST, PATCH, DELETE/],
  ['unary', 'post /v1/asks', undefined, /it must be a method and a path/],
  ['unary', 'GET /v1/asks', undefined, /add @Safe\(\), or take POST/],
  ['safe', 'GET /v1/asks', { body: '*' }, /a GET has no body/],
  ['unary', 'POST /v1/{nme}', undefined, /\{nme\}: routes\.Ask has no field nme; it has name, tags, count, data/],
  ['unary', 'POST /v1/{tags}', undefined, /\{tags\} is a list/],
  ['unary', 'POST /v1/{count=a/*}', undefined, /\{count\} is int32; a variable of several segments must be a string/],
  ['unary', 'POST /v1/{name', undefined, /no closing brace/],
  ['unary', 'POST /v1/asks', { body: 'nme' }, /body: routes\.Ask has no field nme/],
  ['unary', 'POST /v1/asks', { body: 'a.b' }, /body must be a field of routes\.Ask itself/],
  ['unary', 'POST /v1/asks', { responseBody: 'nme' }, /responseBody: routes\.Ask has no field nme/],
  ['unary', 'POST /v1/asks', { status: 302 }, /status must be one of 200, 201, 202, 203, 204, got 302/],
  ['unary', 'POST /v1/asks', { location: '/v1/{nme}' }, /location: routes\.Ask has no field nme/],
  ['unary', 'POST /v1/asks', { consumes: 'image/png' }, /add body: 'data'/],
  ['unary', 'POST /v1/asks', { consumes: 'image/png', body: 'name' }, /must have the type bytes, and is string/],
  ['unary', 'POST /v1/asks', { consumes: 'png', body: 'data' }, /"png" is not a media type/],
  ['unary', 'POST /v1/asks', { produces: 'image/*', responseBody: 'data' }, /one media type/],
  ['unary', 'POST /v1/asks', { produces: 'image/png' }, /produces is for bytes/],
  ['unary', 'POST /v1/asks', { boddy: '*' } as HttpOptions, /has no option boddy; it has body, responseBody/],
  ['upload', 'POST /v1/asks', undefined, /takes a stream of requests: add body: '\*' for JSON lines, or consumes/],
  ['upload', 'POST /v1/asks', { body: 'value' }, /takes a stream of requests: add body: '\*'/],
  ['upload', 'POST /v1/{value}', { body: '*' }, /\{value\}|takes a stream of values, so its route has no variables/],
  ['upload', 'POST /v1/{name}', { consumes: '*/*' }, /has no field name/],
]

for (const [kind, route, options, problem] of mistakes) {
  test(`${kind}: @Http('${route}', ${JSON.stringify(options)}) is refused at start-up`, t => {
    const error = t.throws(() => serviceOf(methods(route, options)[kind]() as Class), { instanceOf: RpcError })
    t.is(error?.reason, 'invalid_route')
    t.regex(error?.message ?? '', /^Demo\.ask: @Http/)
    t.regex(error?.message ?? '', problem)
  })
}

test('a method has the routes in the order in which they are written, and inherits them', t => {
  @Service('routes.Base')
  class Base {
    @Method({ accepts: Ask, returns: Ask })
    @Idempotent()
    @Http('PUT /v1/{name}', { body: '*' })
    @Http('POST /v1/{name}', { body: '*' })
    async ask(ask: Ask): Promise<Ask> {
      return ask
    }
  }
  @Service()
  class Own extends Base {
    override async ask(ask: Ask): Promise<Ask> {
      return ask
    }
  }
  const routes = serviceOf(Own).methods[0]?.routes.map(({ verb, template, body }) => `${verb} ${template.text} ${body}`)
  t.deepEqual(routes, ['PUT /v1/{name} *', 'POST /v1/{name} *'])
})

test('routes of two services for the same requests are refused at start-up', async t => {
  const [one, other] = [methods('POST /v1/{name}'), methods('POST /v1/{count}')]
  @Service('routes.Other')
  class Other extends other.unary() {}
  const error = await t.throwsAsync(serve([new (one.unary())(), new Other()], { port: false }), {
    instanceOf: RpcError,
  })
  t.is(error?.reason, 'conflicting_routes')
  t.regex(
    error?.message ?? '',
    /routes\.Demo\.Ask and routes\.Other\.Ask .*: POST \/v1\/\{name\} and POST \/v1\/\{count\}/,
  )
})

test('a route at the path of an RPC is refused at start-up', async t => {
  const { unary } = methods('POST /routes.Demo/Ask')
  const error = await t.throwsAsync(serve([new (unary())()], { port: false }), {
    instanceOf: RpcError,
  })
  t.is(error?.reason, 'conflicting_routes')
  t.regex(error?.message ?? '', /is the path at which routes\.Demo\.Ask is called as an RPC/)
})
