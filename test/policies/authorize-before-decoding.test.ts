import test from 'ava'
import {
  Authorize,
  bytes,
  Code,
  connect,
  disconnect,
  Field,
  Message,
  Method,
  RpcError,
  type Server,
  Service,
  serve,
  streamOf,
  type Verdict,
} from '../../src/index.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { wires } from '../matrix/wires.js'
import { outcome } from '../support/calls.js'

@Message('vaults.Secret')
class Secret {
  @Field(1, bytes) padding: Uint8Array = new Uint8Array(0)
  @Field(2, () => Secret) inner?: Secret
}

let verdict: Verdict = true
let asked = 0

function rule(): Verdict {
  asked++
  return verdict
}

@Service('vaults.Vault')
@Authorize(rule)
class Vault {
  @Method({ accepts: Secret, returns: Secret })
  async open(_secret: Secret): Promise<Secret> {
    return new Secret()
  }
}

@Service('vaults.Streams')
@Authorize(rule)
class Streams {
  @Method({ accepts: Secret, returns: streamOf(Secret) })
  async *watch(_secret: Secret): AsyncIterable<Secret> {
    yield new Secret()
  }

  @Method({ accepts: streamOf(Secret), returns: Secret })
  async collect(secrets: AsyncIterable<Secret>): Promise<Secret> {
    for await (const _ of secrets);
    return new Secret()
  }
}

/** No server can decode it: it has more levels than `limits.depth` allows. */
function nested(levels: number, padding: Uint8Array): Secret {
  let secret: Secret = { padding }
  for (let i = 0; i < levels; i++) secret = { padding: new Uint8Array(0), inner: secret }
  return secret
}

const undecodable = nested(100, new Uint8Array(0))
const huge = nested(100, new Uint8Array(1_500_000))
/** More than one message may have, but not while it is compressed. */
const bomb: Secret = { padding: new Uint8Array(8_000_000) }

let server: Server

test.before(async () => {
  // Its clock stands still: a connection that only a limit of time would free again hangs here, and is found.
  const clock = new VirtualClock()
  server = await serve([Vault, Streams], { host: '127.0.0.1', memory: 'vaults', clock, report: () => {} })
})

test.after.always(() => server.close())

function optionsOf(codec: string, options: Readonly<Record<string, string>>): string {
  return `?${new URLSearchParams({ codec, ...options })}`
}

const generous = { limits: { depth: 200, messageBytes: 16_000_000 } }

async function answer(call: Promise<unknown>): Promise<string> {
  const { error } = await outcome(call)
  return error instanceof RpcError ? (Code[error.code] ?? '?') : String(error)
}

async function all(secrets: AsyncIterable<Secret>): Promise<void> {
  for await (const _ of secrets);
}

async function* one(secret: Secret): AsyncGenerator<Secret> {
  yield secret
}

/** What the server says where nobody is refused, and where somebody is. */
async function answers(call: () => Promise<unknown>): Promise<readonly string[]> {
  const before = asked
  const list: string[] = []
  for (const said of [true, 'unauthenticated', 'permission_denied'] as const) {
    verdict = said
    list.push(await answer(call()))
  }
  return [...list, `asked ${asked - before} times`]
}

for (const { protocol, codec, options, lacks } of wires.filter(({ lacks }) => lacks.wire === undefined)) {
  const name = [protocol, codec, ...Object.values(options)].join(' ')
  const target = `${protocol}://${protocol === 'memory' ? 'vaults' : ''}`

  // A request that cannot be parsed is INTERNAL by the gRPC documents, which memory:// follows.
  const unreadable = protocol === 'grpc' || protocol === 'memory' ? 'internal' : 'invalid_argument'

  test.serial(`${name}: who may not call is told so, whatever the body`, async t => {
    const at = protocol === 'memory' ? target : `${target}${server.address}`
    const remote = connect(Vault, `${at}${optionsOf(codec, options)}`, generous)
    for (const body of [undecodable, huge]) {
      t.deepEqual(await answers(() => remote.open(body)), [
        unreadable,
        'unauthenticated',
        'permission_denied',
        'asked 3 times',
      ])
    }
    await disconnect(remote)
    if (lacks.streams !== undefined) return
    const streams = connect(Streams, `${at}${optionsOf(codec, options)}`, generous)
    for (const call of [() => all(streams.watch(huge)), () => streams.collect(one(huge))]) {
      t.deepEqual(await answers(call), [unreadable, 'unauthenticated', 'permission_denied', 'asked 3 times'])
    }
    await disconnect(streams)
  })
}

for (const protocol of ['http', 'grpc']) {
  test.serial(`${protocol}: nothing is inflated for who may not call`, async t => {
    const remote = connect(Vault, `${protocol}://${server.address}?codec=proto&compression=gzip`, generous)
    t.deepEqual(await answers(() => remote.open(bomb)), [
      'resource_exhausted',
      'unauthenticated',
      'permission_denied',
      'asked 3 times',
    ])
    await disconnect(remote)
  })
}
