import test, { type ExecutionContext } from 'ava'
import { ArrayMinSize, IsEmail, Min, MinLength, ValidateIf, ValidateNested } from 'class-validator'
import { serviceOf } from '../../../src/extend.js'
import {
  Arg,
  BadRequest,
  Code,
  connect,
  disconnect,
  explain,
  Field,
  int32,
  listOf,
  Message,
  Method,
  mapOf,
  nothing,
  type OneOf,
  oneOf,
  RpcError,
  Service,
  serve,
  streamOf,
  string,
} from '../../../src/index.js'
import { loadValidate } from '../../../src/policies/validate/validate.js'

@Message('valid.Line')
class Line {
  @Field(1, string) @MinLength(2) product = ''
  @Field(2, int32) @Min(1) count = 0
}

const target = { line: [6, Line], text: [7, string] } as const

/** Has no rules of its own. */
@Message('valid.Box')
class Box {
  @Field(1, Line) line?: Line
}

@Message('valid.Order')
class Order {
  @Field(1, string) @IsEmail({}, { message: 'email must be an email' }) email = ''
  @Field(2, listOf(Line)) @ArrayMinSize(1) @ValidateNested() lines: Line[] = []
  @Field(3, mapOf(string, Line)) named: Map<string, Line> = new Map()
  @Field(4, Box) box?: Box
  @Field(5, listOf(Line)) @ValidateIf(order => (order as Order).email === 'never') @ValidateNested() unless: Line[] = []
  @Field(oneOf(target)) one?: OneOf<typeof target>
}

@Message('valid.Note')
class Note {
  @Field(1, string) text = ''
}

@Service('valid.Orders')
class Orders {
  seen = 0

  @Method({ accepts: Order, returns: nothing }) async place(_order: Order): Promise<void> {
    this.seen++
  }

  @Method(nothing) async change(@Arg(1, 'id', int32) _id: number, @Arg(2, 'line', Line) _line: Line): Promise<void> {
    this.seen++
  }

  @Method({ accepts: streamOf(Line), returns: int32 }) async addAll(lines: AsyncIterable<Line>): Promise<number> {
    let sum = 0
    for await (const { count } of lines) sum += count
    return sum
  }

  @Method({ accepts: Note, returns: nothing }) async note(_note: Note): Promise<void> {
    this.seen++
  }
}

const good: Order = Object.assign(new Order(), {
  email: 'a@b.org',
  lines: [Object.assign(new Line(), { product: 'pen', count: 1 })],
})
const bad = Object.assign(new Line(), { product: 'x', count: 1 })

async function violations(t: ExecutionContext, call: Promise<unknown>): Promise<string[]> {
  const error = (await t.throwsAsync(call)) as BadRequest
  t.true(error instanceof BadRequest, String(error))
  t.is(error.code, Code.invalid_argument)
  return error.violations.map(({ field, reason }) => `${field} ${reason}`).sort()
}

for (const target of ['http', 'http+xml', 'http+msgpack', 'grpc', 'thrift', 'memory'] as const) {
  test(`violations arrive typed over ${target}, and the handler is not called`, async t => {
    const service = new Orders()
    const server = await serve([service], target === 'memory' ? { memory: 'orders' } : {})
    t.teardown(() => server.close())
    const [scheme, codec] = target.split('+') as [string, string?]
    const at = scheme === 'memory' ? 'memory://orders' : `${scheme}://127.0.0.1:${server.port}`
    const orders = connect(scheme === 'thrift' ? Unary : Orders, `${at}${codec === undefined ? '' : `?codec=${codec}`}`)
    t.teardown(() => disconnect(orders))
    await orders.place(good)
    t.is(service.seen, 1)
    t.deepEqual(await violations(t, orders.place(new Order())), ['email isEmail', 'lines arrayMinSize'])
    const nested = Object.assign(new Order(), good, {
      lines: [good.lines[0], bad],
      named: new Map([['k', bad]]),
      box: Object.assign(new Box(), { line: bad }),
      unless: [bad],
      one: { case: 'line', value: bad },
    })
    t.deepEqual(await violations(t, orders.place(nested)), [
      'box.line.product minLength',
      'lines[1].product minLength',
      'named["k"].product minLength',
      'one.product minLength',
    ])
    t.deepEqual(await violations(t, orders.change(1, bad)), ['line.product minLength'])
    t.is(service.seen, 1)
  })
}

/** What Thrift can carry of it. */
@Service('valid.Orders')
class Unary {
  @Method({ accepts: Order, returns: nothing }) async place(_order: Order): Promise<void> {}
  @Method(nothing) async change(@Arg(1, 'id', int32) _id: number, @Arg(2, 'line', Line) _line: Line): Promise<void> {}
}

test('a message of a stream is looked at when it is read', async t => {
  const server = await serve([Orders])
  t.teardown(() => server.close())
  const orders = connect(Orders, `grpc://127.0.0.1:${server.port}`)
  t.teardown(() => disconnect(orders))
  const [line] = good.lines as [Line]
  t.is(await orders.addAll(from(line, line)), 2)
  t.deepEqual(await violations(t, orders.addAll(from(line, bad))), ['product minLength'])
})

async function* from(...lines: Line[]): AsyncGenerator<Line> {
  yield* lines
}

test('a violation says what is wrong for a reader', async t => {
  const server = await serve([Orders], { port: false, memory: 'said' })
  t.teardown(() => server.close())
  const orders = connect(Orders, 'memory://said')
  t.teardown(() => disconnect(orders))
  const error = (await t.throwsAsync(orders.place(Object.assign(new Order(), good, { email: 'x' })))) as BadRequest
  t.is(error.message, 'the request is not valid: email: email must be an email')
  t.like(error.violations, [{ field: 'email', description: 'email must be an email', reason: 'isEmail' }])
})

test('only methods whose requests have rules are validated, and declare the error', t => {
  const methods = new Map(serviceOf(Orders).methods.map(method => [method.key, method]))
  const thrown = (key: string) => methods.get(key)?.throws.map(({ name }) => name)
  t.deepEqual(thrown('place'), ['polywire.BadRequest'])
  t.deepEqual(thrown('change'), ['polywire.BadRequest'])
  t.deepEqual(thrown('note'), [])
  const lines = explain(Orders)
    .split('\n')
    .filter(line => /^ *handler /.test(line))
  t.deepEqual(
    lines.map(line => line.trim().replace(/\s+/g, ' ')),
    ['handler validate [default]', 'handler validate [default]', 'handler validate [default]'],
  )
})

test('rules without the package that runs them are an error at start-up', async t => {
  const [place] = serviceOf(Orders).methods
  const cause = new Error('Cannot find module')
  const loading = loadValidate(place as NonNullable<typeof place>, () => Promise.reject(cause))
  const error = await t.throwsAsync<RpcError>(loading)
  t.like(error, { code: Code.failed_precondition, reason: 'validator_not_found', cause })
  t.regex(error?.message ?? '', /^\/valid\.Orders\/Place: .*npm install class-validator$/)
})
