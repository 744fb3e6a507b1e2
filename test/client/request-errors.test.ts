import test from 'ava'
import {
  Arg,
  Code,
  connect,
  disconnect,
  Field,
  int32,
  listOf,
  Message,
  Method,
  nothing,
  RpcError,
  type Server,
  Service,
  serve,
  streamOf,
  string,
} from '../../src/index.js'
import { wires } from '../matrix/wires.js'
import { outcome } from '../support/calls.js'

@Message('plans.Plan')
class Plan {
  @Field(1, listOf(string)) steps: string[] = []
}

@Service('plans.Plans')
class Plans {
  @Method({ accepts: Plan, returns: nothing }) async keep(_plan: Plan): Promise<void> {}
  @Method(nothing) async drop(@Arg(1, 'number', int32) _number: number): Promise<void> {}
}

@Service('plans.Streams')
class Streams {
  @Method({ accepts: streamOf(Plan), returns: nothing }) async keepAll(plans: AsyncIterable<Plan>): Promise<void> {
    for await (const _ of plans);
  }

  @Method({ accepts: Plan, returns: streamOf(Plan) }) async *follow(plan: Plan): AsyncIterable<Plan> {
    yield plan
  }
}

const wrong = { steps: ['first', 2] } as unknown as Plan

async function* one(plan: Plan): AsyncGenerator<Plan> {
  yield plan
}

async function drain(plans: AsyncIterable<Plan>): Promise<void> {
  for await (const _ of plans);
}

let server: Server

test.before(async () => {
  server = await serve([Plans, Streams], { host: '127.0.0.1', memory: 'plans', report: () => {} })
})

test.after.always(() => server.close())

for (const { protocol, codec, options, lacks } of wires.filter(({ lacks }) => lacks.wire === undefined)) {
  const name = [protocol, codec, ...Object.values(options)].join(' ')

  test(`${name}: a request that does not fit its type names method and field`, async t => {
    const target = { protocol, codec, options, endpoints: [protocol === 'memory' ? 'plans' : server.address] }
    const failure = async (call: Promise<unknown>) => {
      const error = (await outcome(call)).error as RpcError
      t.deepEqual([error.code, error.reason], [Code.invalid_argument, 'invalid_message'])
      return error.message
    }
    const plans = connect(Plans, target)
    t.is(await failure(plans.keep(wrong)), '/plans.Plans/Keep: steps[1]: expected string, got number 2')
    t.regex(await failure(plans.keep(null as never)), /^\/plans\.Plans\/Keep: .*(expected|required)/)
    t.regex(await failure(plans.drop(2 ** 40)), /^\/plans\.Plans\/Drop: number: expected .*int32/)
    await disconnect(plans)
    if (lacks.streams !== undefined) return
    const streams = connect(Streams, target)
    t.is(await failure(streams.keepAll(one(wrong))), '/plans.Streams/KeepAll: steps[1]: expected string, got number 2')
    t.is(await failure(drain(streams.follow(wrong))), '/plans.Streams/Follow: steps[1]: expected string, got number 2')
    await disconnect(streams)
  })
}

test('what a server says of a request it could not read is passed on as it is', async t => {
  const plans = connect(Plans, `http://${server.address}`)
  const { error } = await outcome(plans.drop('seven' as never))
  t.is((error as RpcError).reason, 'invalid_message')
  const body = await fetch(`http://${server.address}/plans.Plans/Drop`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"number":"seven"}',
  })
  t.is(body.status, 400)
  t.regex(await body.text(), /"message":"\/plans\.Plans\/Drop: the request cannot be read: number: expected/)
  t.false(error instanceof RpcError && (error.message.match(/Drop/g) ?? []).length > 1)
  await disconnect(plans)
})
