import test from 'ava'
import { Code, connect, int32, Method, Service, serve, streamOf, string } from '../../src/index.js'
import { failure } from '../support/calls.js'

/** What a method returns, and takes, for a stream where no compiler sees it. */
const wrong: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  null: null,
  'an object': { length: 1 },
  'a text': 'abc',
  'a generator that was not called': async function* () {},
}

@Service('wild.Streams')
class Streams {
  @Method({ accepts: string, returns: streamOf(string) })
  list(what: string): AsyncIterable<string> {
    return wrong[what] as AsyncIterable<string>
  }

  @Method({ accepts: string, returns: streamOf(string) })
  later(what: string): AsyncIterable<string> {
    return Promise.resolve(wrong[what]) as unknown as AsyncIterable<string>
  }

  @Method({ accepts: streamOf(int32), returns: int32 })
  async sum(numbers: AsyncIterable<number>): Promise<number> {
    let sum = 0
    for await (const number of numbers) sum += number
    return sum
  }

  @Method({ accepts: streamOf(int32), returns: streamOf(int32) })
  async *echo(numbers: AsyncIterable<number>): AsyncIterable<number> {
    yield* numbers
  }
}

const wires = ['grpc://', 'http://', 'http://?version=1.1', 'ws://', 'memory://']

for (const wire of wires) {
  test(`${wire}: a handler that returns no stream fails, and only the log says how`, async t => {
    await using served = await serving(`wild-list-${wire}`, wire)
    for (const what of Object.keys(wrong))
      for (const method of ['list', 'later'] as const) {
        served.reports.length = 0
        const error = await failure(drain(served.streams[method](what)))
        t.is(error.code, Code.internal, what)
        t.regex(error.message, /\/wild\.Streams\/\w+ failed; the server's log says why/)
        t.regex(
          served.reports.join(),
          new RegExp(`: ${method} must return an AsyncIterable, got .*write async \\*${method}`),
        )
      }
  })

  test(`${wire}: an argument that is no stream is refused before it is sent`, async t => {
    await using served = await serving(`wild-sum-${wire}`, wire)
    for (const [what, value] of Object.entries(wrong)) {
      const sum = await failure(served.streams.sum(value as AsyncIterable<number>))
      const echo = await failure(drain(served.streams.echo(value as AsyncIterable<number>)))
      for (const error of [sum, echo]) {
        t.like(error, { code: Code.invalid_argument, reason: 'invalid_message', delivery: 'unsent' }, what)
        t.regex(error.message, /\/wild\.Streams\/\w+: \w+ takes an AsyncIterable, got /)
      }
    }
    t.is(await served.streams.sum([1, 2] as never), 3)
  })
}

async function serving(memory: string, wire: string) {
  const reports: string[] = []
  const name = memory.replace(/\W/g, '-')
  const report = (error: unknown) => void reports.push(String(error))
  const server = await serve([Streams], { host: '127.0.0.1', memory: name, report })
  const at = wire.replace('://', `://${wire.startsWith('memory') ? name : server.address}`)
  const streams = connect(Streams, at)
  return {
    reports,
    streams,
    async [Symbol.asyncDispose]() {
      await streams[Symbol.asyncDispose]()
      await server.close()
    },
  }
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}
