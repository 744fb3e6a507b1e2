import test from 'ava'
import { Code, connect, disconnect, Method, nothing, RpcError, Service, serve, string } from '../../src/index.js'
import { failure, outcome } from '../support/calls.js'

/** What handlers throw where no compiler sees it, and what its caller gets. */
const thrown: Readonly<Record<string, { readonly value: unknown; readonly code: Code; readonly message?: string }>> = {
  'an object without a prototype': { value: Object.create(null), code: Code.internal },
  'an object whose text throws': { value: { toString: () => throws() }, code: Code.internal },
  'an error whose message throws': {
    value: withGetter(new RpcError('', Code.aborted), 'message'),
    code: Code.internal,
  },
  'a frozen error of another call': {
    value: Object.freeze(new RpcError('gone', Code.not_found, { delivery: 'unsent' })),
    code: Code.not_found,
    message: 'gone',
  },
  'a code as text': { value: new RpcError('gone', 'not_found' as never), code: Code.not_found, message: 'gone' },
  'a code that there is not': { value: new RpcError('gone', 99 as never), code: Code.unknown, message: 'gone' },
  'a message that is no text': { value: wild({ message: 42 }), code: Code.aborted, message: '42' },
  'no message': { value: wild({ message: undefined }), code: Code.aborted },
  'details that are no list': { value: wild({ details: null }), code: Code.aborted, message: 'wild' },
  'a detail without bytes': { value: wild({ details: [null, { type: 'a.B' }] }), code: Code.aborted, message: 'wild' },
  'headers that are none': { value: wild({ headers: 5 }), code: Code.aborted, message: 'wild' },
  'headers as an object': { value: wild({ headers: { 'x-a': 'b' } }), code: Code.aborted, message: 'wild' },
}

@Service('wild.Errors')
class Errors {
  @Method({ accepts: string, returns: nothing })
  async fail(what: string): Promise<void> {
    throw thrown[what]?.value
  }
}

const targets = {
  grpc: 'grpc://',
  'http/2': 'http://',
  'http/1.1': 'http://?version=1.1',
  websocket: 'ws://',
  thrift: 'thrift://',
  'thrift over http': 'thrift://?transport=http',
  avro: 'avro://',
  'avro over http': 'avro://?transport=http',
  memory: 'memory://',
} as const

for (const [wire, target] of Object.entries(targets)) {
  test(`${wire}: whatever a handler throws, its caller gets an error, and the server goes on`, async t => {
    const { address, close } = await serving(`wild-${wire.replace(/\W/g, '-')}`, () => {})
    const errors = connect(Errors, address(target))
    for (const [what, { value, code, message }] of Object.entries(thrown)) {
      const error = await failure(errors.fail(what))
      t.is(error.code, code, what)
      if (message !== undefined) t.is(error.message, message, what)
      if (what === 'headers as an object') t.is(error.headers?.get('x-a'), 'b')
      if (Object.isFrozen(value))
        t.is((value as RpcError).delivery, 'unsent', 'the error of the handler stays as it is')
    }
    await disconnect(errors)
    await close()
  })

  test(`${wire}: a report that fails costs no call its answer`, async t => {
    let reported = 0
    const { address, close } = await serving(`wild-report-${wire.replace(/\W/g, '-')}`, () => {
      reported++
      return reported === 1 ? throws() : Promise.reject(new Error('the log is away'))
    })
    const errors = connect(Errors, address(target))
    for (let n = 0; n < 2; n++) t.is((await failure(errors.fail(''))).code, Code.internal)
    t.is(reported, 2)
    await disconnect(errors)
    await close()
  })
}

test('a value without a text becomes an error of its caller', async t => {
  t.is(RpcError.from(Object.create(null)).message, 'object')
  t.is(RpcError.from(wild({ message: Symbol('a') }, new Error('b'))).message, 'Symbol(a)')
  t.like(await outcome(Promise.reject(RpcError.from({ toString: throws }))), { error: { code: Code.unknown } })
})

async function serving(memory: string, report: () => unknown) {
  const server = await serve([Errors], { host: '127.0.0.1', memory, report: report as () => void })
  return {
    address: (target: string) => target.replace('://', `://${target.startsWith('memory') ? memory : server.address}`),
    close: () => server.close(),
  }
}

function wild(properties: object, error: Error = new RpcError('wild', Code.aborted)): Error {
  return Object.assign(error, properties)
}

function withGetter(error: Error, name: string): Error {
  return Object.defineProperty(error, name, { get: throws })
}

function throws(): never {
  throw new Error('no text')
}
