import test from 'ava'
import { thriftBinary } from '../../src/codecs/thrift/codec.js'
import {
  Arg,
  Code,
  connect,
  defaultLimits,
  disconnect,
  Field,
  int32,
  Message,
  Method,
  RpcError,
  type Server,
  Service,
  serve,
  string,
  Throws,
} from '../../src/index.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import { outcome } from '../support/calls.js'

/** As a Thrift file has it: `exception NotFound { 1: string message, 2: i32 shelf }`. */
@Message('library.NotFound', { code: 'not_found', message: 1 })
class NotFound extends RpcError {
  @Field(2, int32) shelf = 0
  @Field(3, string) override name = ''
}

/** As it was before it had a message: it says what it does not know. */
@Message('library.Sealed', { code: 'permission_denied', message: { number: 4, name: 'reason' } })
class Sealed extends RpcError {}

@Service('library.Library')
class Library {
  @Method(string)
  @Throws(NotFound, Sealed)
  async find(@Arg(1, 'title', string) title: string): Promise<string> {
    if (title === 'sealed') throw Sealed.of('sealed until 2030')
    if (title === '') throw NotFound.of('')
    throw NotFound.of(`there is no ${title}`, { shelf: 3, name: title })
  }
}

let server: Server

test.before(async () => {
  server = await serve([Library], { host: '127.0.0.1', memory: 'declared-errors', report: () => {} })
})

test.after.always(() => server.close())

const targets = [
  ...['json', 'proto', 'xml', 'msgpack'].flatMap(codec => [
    `http://ADDRESS?codec=${codec}`,
    `memory://declared-errors?codec=${codec}`,
  ]),
  'grpc://ADDRESS',
  ...['framed', 'buffered', 'header', 'http'].flatMap(transport =>
    ['binary', 'compact'].map(codec => `thrift://ADDRESS?codec=${codec}&transport=${transport}`),
  ),
  'avro://ADDRESS',
  'avro://ADDRESS?transport=http',
]

for (const target of targets) {
  test(`a declared error has its message, its code and a field called name: ${target}`, async t => {
    const library = connect(Library, target.replace('ADDRESS', server.address))
    const { error } = await outcome(library.find('Emma'))
    t.true(error instanceof NotFound)
    t.like(error as NotFound, { message: 'there is no Emma', code: Code.not_found, shelf: 3, name: 'Emma' })
    const { error: sealed } = await outcome(library.find('sealed'))
    t.true(sealed instanceof Sealed)
    t.like(sealed as Sealed, { message: 'sealed until 2030', code: Code.permission_denied })
    await disconnect(library)
  })
}

test('the message stands in the exception itself, under its number and name', t => {
  const fieldsOf = (type: typeof NotFound | typeof Sealed) => messageSchemaOf(type)?.fields ?? []
  t.deepEqual(
    fieldsOf(NotFound).map(({ number, name }) => `${number}: ${name}`),
    ['1: message', '2: shelf', '3: name'],
  )
  t.deepEqual(
    fieldsOf(Sealed).map(({ number, name }) => `${number}: ${name}`),
    ['4: reason'],
  )
  const [notFound, text] = [messageSchemaOf(NotFound), 'there is no Emma']
  if (notFound === undefined) throw t.fail()
  // T_STRING, field 1, length, text: what `1: string message` is in Thrift's binary protocol.
  const bytes = Buffer.from(thriftBinary.compile(notFound, defaultLimits).encode(NotFound.of(text)))
  t.is(bytes.subarray(0, 7 + text.length).toString('latin1'), `\x0b\0\x01\0\0\0\x10${text}`)
})
