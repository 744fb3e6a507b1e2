import test from 'ava'
import { type Call, Code, Headers, RpcError, type RpcErrorOptions, resumable, retry } from '../../../src/index.js'
import { methodInfo, rig } from '../../support/calls.js'

const policy = resumable({ key: (reply: number) => reply, initialBackoff: '100ms', maxBackoff: '150ms' })
const watching = { ...methodInfo('unknown'), kind: 'server_streaming' as const }

function lost(options: RpcErrorOptions = {}): RpcError {
  return new RpcError('the connection was lost', Code.unavailable, { reason: 'connection_lost', ...options })
}

/** A server that ends or breaks each part of a stream as its script says. */
function scripted(parts: readonly ((after: number) => AsyncIterable<unknown> | Promise<never>)[], policies = [policy]) {
  const { clock, call, wrap } = rig(watching)
  const asked: (string | undefined)[] = []
  const at: number[] = []
  const handler = wrap(policies, async (one: Call) => {
    at.push(clock.now())
    asked.push(one.headers.get('last-event-id'))
    const part = parts[asked.length - 1]
    if (part === undefined) throw new Error('no further part was expected')
    return part(Number(one.headers.get('last-event-id') ?? 0))
  })
  const seen: unknown[] = []
  const read = async (active = call()) => {
    for await (const reply of (await handler(active)) as AsyncIterable<unknown>) seen.push(reply)
  }
  return { clock, call, asked, at, seen, read }
}

async function* replies(list: readonly unknown[], failure?: RpcError): AsyncGenerator<unknown> {
  yield* list
  if (failure !== undefined) throw failure
}

async function failureOf(running: Promise<unknown>): Promise<RpcError> {
  return running.then(
    () => Promise.reject(new Error('it did not fail')),
    error => error as RpcError,
  )
}

test('a broken stream goes on after the last reply that was seen, with growing backoff', async t => {
  const { clock, asked, at, seen, read } = scripted([
    () => replies([1, 2], lost()),
    () => Promise.reject(lost()),
    () => Promise.reject(lost()),
    after => replies([after + 1, after + 2]),
  ])
  const running = read()
  await clock.advance(1000)
  await running
  t.deepEqual(seen, [1, 2, 3, 4])
  t.deepEqual(asked, [undefined, '2', '2', '2'])
  const [first, second, third] = at.slice(1).map((time, i) => time - (at[i] as number)) as [number, number, number]
  t.true(first >= 80 && first <= 120, `first backoff ${first}`)
  t.true(second >= 120 && second <= 180, `second backoff ${second}`)
  t.true(third >= 120 && third <= 180, `third backoff ${third}, bounded by maxBackoff`)
})

test('replies that come again are dropped, and equal keys of one part are not', async t => {
  const { clock, seen, read } = scripted([
    () => replies([1, 2, 3], lost()),
    () => replies([2, 3, 4, 4], lost()),
    () => replies([4, 5]),
  ])
  const running = read()
  await clock.advance(1000)
  await running
  t.deepEqual(seen, [1, 2, 3, 4, 4, 5])
})

test('an error that the handler raised ends the stream, whatever its code', async t => {
  for (const failure of [
    new RpcError('not today', Code.unavailable),
    new RpcError('a mistake', Code.internal),
    lost({ headers: new Headers({ 'grpc-retry-pushback-ms': '-1' }) }),
  ]) {
    const { clock, asked, read } = scripted([() => replies([1], failure)])
    const running = failureOf(read())
    await clock.advance(1000)
    t.is(await running, failure)
    t.is(asked.length, 1)
  }
})

test('a stream that never began is for @Retry', async t => {
  const alone = scripted([() => Promise.reject(lost())])
  t.is((await failureOf(alone.read())).reason, 'connection_lost')

  const retried = scripted([() => Promise.reject(lost({ delivery: 'unsent' })), () => replies([1])], [policy, retry()])
  const running = retried.read()
  await retried.clock.advance(1000)
  await running
  t.deepEqual(retried.seen, [1])
})

test('it stops with the failure when the deadline is too close', async t => {
  const down = Array.from({ length: 20 }, () => () => Promise.reject(lost()))
  const { clock, call, at, read } = scripted([() => replies([1], lost()), ...down])
  const running = failureOf(read(call(500)))
  await clock.advance(10_000)
  t.is((await running).reason, 'connection_lost')
  t.true((at.at(-1) as number) < 500)
  t.is(clock.size, 0)
})

test('cancelling while it waits ends the stream at once', async t => {
  const { clock, call, read } = scripted([() => replies([1], lost())])
  const active = call()
  const running = failureOf(read(active))
  await clock.advance(10)
  active.cancel(new RpcError('enough', Code.canceled))
  t.is((await running).message, 'enough')
  t.is(clock.size, 0)
})

test('many streams that break at once do not exceed the budget, and all go on in the end', async t => {
  const { clock, call, wrap } = rig(watching)
  let attempts = 0
  let isUp = true
  const everySecond = resumable({ key: (reply: number) => reply, initialBackoff: '1s', maxBackoff: '1s' })
  const handler = wrap([everySecond], async (one: Call) => {
    attempts++
    const after = Number(one.headers.get('last-event-id') ?? 0)
    if (!isUp) throw lost()
    return after === 0 ? replies([1], lost()) : replies([2])
  })
  const running = Array.from({ length: 60 }, async () => {
    const seen: unknown[] = []
    for await (const reply of (await handler(call(1_000_000))) as AsyncIterable<unknown>) {
      seen.push(reply)
      if (reply === 1) isUp = false
    }
    return seen
  })
  await clock.advance(60_000)
  const outage = attempts - 60
  t.true(outage <= 60 * 10 + 100, `${outage} attempts in a minute`)
  isUp = true
  await clock.advance(120_000)
  for (const seen of await Promise.all(running)) t.deepEqual(seen, [1, 2])
})

test('a reply without a key is delivered, and the stream resumes after an earlier one', async t => {
  const beats = resumable({ key: (reply: { id?: string }) => reply.id })
  const { clock, asked, seen, read } = scripted(
    [() => replies([{ id: 'a/ü\n' }, {}], lost()), () => replies([{}, { id: 'b' }])],
    [beats],
  )
  const running = read()
  await clock.advance(1000)
  await running
  t.deepEqual(seen, [{ id: 'a/ü\n' }, {}, {}, { id: 'b' }])
  t.deepEqual(asked, [undefined, 'a%2F%C3%BC%0A'])
})

test('a key that is no key fails the stream and names the method', async t => {
  const wrong = resumable({ key: (() => ({})) as never })
  const { read } = scripted([() => replies([1])], [wrong])
  const { message, reason } = await failureOf(read())
  t.is(reason, 'invalid_policy')
  t.regex(message, /must be a string, a number or a bigint, got \{\}/)
  t.true(message.startsWith(watching.path))
})
