import {
  bytes,
  type Call,
  Code,
  Context,
  double,
  Field,
  Headers,
  Http,
  Idempotent,
  int32,
  int64,
  listOf,
  Message,
  Method,
  mapOf,
  optional,
  Retry,
  RpcError,
  Service,
  streamOf,
  string,
  Throws,
  timestamp,
  uint64,
  unimplemented,
} from '../../src/index.js'
import { type Deferred, deferred } from '../support/deferred.js'

@Message('matrix.Payload')
export class Payload {
  @Field(1, string) text = ''
  @Field(2, int64) signed = 0n
  @Field(3, uint64) unsigned = 0n
  @Field(4, double) ratio = 0
  @Field(5, bytes) blob: Uint8Array = new Uint8Array(0)
  @Field(6, listOf(int64)) longs: bigint[] = []
  @Field(7, mapOf(string, int64)) counts: Map<string, bigint> = new Map()
  @Field(8, optional(timestamp)) at?: Date
  @Field(
    9,
    optional(() => Payload),
  )
  inner?: Payload
}

export type Deed = '' | 'declared' | 'undeclared' | 'crash' | 'hang' | 'flaky' | 'headers'

/** What every method takes: what to do, and what to send back. */
@Message('matrix.Order')
export class Order {
  @Field(1, string) deed = ''
  /** Of this try, so that what the server saw of it can be asked for. */
  @Field(2, string) key = ''
  @Field(
    3,
    optional(() => Payload),
  )
  payload?: Payload
}

@Message('matrix.Reply')
export class Reply {
  /** Attempts so far, as the server has counted them. */
  @Field(1, int32) attempts = 0
  /** Attempts before this one, as the client has told. */
  @Field(2, int32) previous = 0
  /** What stood in the header `x-in`. */
  @Field(3, string) heard = ''
  @Field(
    4,
    optional(() => Payload),
  )
  payload?: Payload
}

@Message('matrix.Broken', { code: 'failed_precondition' })
export class Broken extends RpcError {
  @Field(1, string) part = ''
  @Field(2, int64) serial = 0n
}

const retrying = { attempts: 3, initialBackoff: '1h', maxBackoff: '1h' } as const

/** One request, one reply: what every protocol carries. */
@Service('matrix.Unary')
export class Unary {
  @Method({ accepts: Order, returns: Reply })
  @Throws(Broken)
  @Idempotent()
  @Retry(retrying)
  @Http('POST /matrix/unary', { body: '*' })
  async unary(_order: Order, @Context() _call?: Call): Promise<Reply> {
    return unimplemented()
  }
}

/** The other kinds of calls. */
@Service('matrix.Streams')
export class Streams {
  @Method({ accepts: Order, returns: streamOf(Reply) })
  @Throws(Broken)
  @Idempotent()
  @Retry(retrying)
  @Http('POST /matrix/replies', { body: '*' })
  serverStreaming(_order: Order, @Context() _call?: Call): AsyncIterable<Reply> {
    return unimplemented()
  }

  @Method({ accepts: streamOf(Order), returns: Reply })
  @Throws(Broken)
  @Idempotent()
  @Retry(retrying)
  @Http('POST /matrix/requests', { body: '*' })
  async clientStreaming(_orders: AsyncIterable<Order>, @Context() _call?: Call): Promise<Reply> {
    return unimplemented()
  }

  @Method({ accepts: streamOf(Order), returns: streamOf(Reply) })
  @Throws(Broken)
  @Idempotent()
  @Retry(retrying)
  @Http('POST /matrix/both', { body: '*' })
  bidiStreaming(_orders: AsyncIterable<Order>, @Context() _call?: Call): AsyncIterable<Reply> {
    return unimplemented()
  }
}

/** Replies in a stream to a single request. */
export const repetitions = 3

/** What a test asks about the calls that its server has seen. The server may be another process. */
export interface Witness {
  /** Resolves with the code of the reason when the server has cancelled the call of this key. */
  cancellation(key: string): Promise<Code>
  /** Resolves when a call of this key has reached the handler. */
  arrival(key: string): Promise<unknown>
  /** Calls of this key that have reached the handler. */
  seen(key: string): number | Promise<number>
}

/** Remembers what became of the calls of each key, whether a test asks before or after. */
export class Sightings implements Witness {
  private readonly calls = new Map<string, { attempts: number; arrived: Deferred<void>; ended: Deferred<Code> }>()

  cancellation(key: string): Promise<Code> {
    return this.of(key).ended.promise
  }

  arrival(key: string): Promise<void> {
    return this.of(key).arrived.promise
  }

  seen(key: string): number {
    return this.calls.get(key)?.attempts ?? 0
  }

  /** A call of this key has reached the handler. @returns the attempts so far, with this one */
  arrived(key: string): number {
    const call = this.of(key)
    call.arrived.resolve()
    return ++call.attempts
  }

  canceled(key: string, code: Code): void {
    this.of(key).ended.resolve(code)
  }

  private of(key: string) {
    const call = this.calls.get(key) ?? { attempts: 0, arrived: deferred<void>(), ended: deferred<Code>() }
    this.calls.set(key, call)
    return call
  }
}

/** Does what orders say, and tells what it saw of each. */
export class Workshop {
  constructor(private readonly sightings = new Sightings()) {}

  async perform({ deed, key, payload }: Order, call: Call | undefined): Promise<Reply> {
    const attempts = this.sightings.arrived(key)
    switch (deed as Deed) {
      case 'declared':
        throw Broken.of('Zahnrad ⚙ is broken', { part: 'Zahnrad ⚙', serial: 2n ** 62n + 1n })
      case 'undeclared':
        throw new RpcError(`no ${key}`, Code.not_found)
      case 'crash':
        throw new Error('the secret of the server')
      case 'hang':
        await new Promise((_, reject) =>
          call?.onCancel(reason => {
            this.sightings.canceled(key, reason.code)
            reject(reason)
          }),
        )
        break
      case 'flaky':
        if (attempts === 1)
          throw new RpcError('come back', Code.unavailable, { headers: new Headers({ 'grpc-retry-pushback-ms': '5' }) })
        break
      case 'headers':
        call?.replyHeaders.set('x-head', 'first').set('x-bytes-bin', new Uint8Array([0, 1, 254, 255]))
        call?.replyTrailers.set('x-tail', 'last')
        break
    }
    const reply = { attempts, previous: (call?.attempt ?? 1) - 1, heard: deed === 'headers' ? heard(call) : '' }
    return Object.assign(new Reply(), reply, payload === undefined ? {} : { payload })
  }
}

function heard(call: Call | undefined): string {
  return call?.headers.getAll('x-in').join(',') ?? ''
}

@Service()
export class UnaryService extends Unary {
  constructor(private readonly workshop: Workshop) {
    super()
  }

  override unary(order: Order, call?: Call): Promise<Reply> {
    return this.workshop.perform(order, call)
  }
}

@Service()
export class StreamsService extends Streams {
  constructor(private readonly workshop: Workshop) {
    super()
  }

  override async *serverStreaming(order: Order, call?: Call): AsyncIterable<Reply> {
    const reply = await this.workshop.perform(order, call)
    for (let i = 0; i < repetitions; i++) yield reply
  }

  override async clientStreaming(orders: AsyncIterable<Order>, call?: Call): Promise<Reply> {
    let reply = new Reply()
    for await (const order of orders) reply = await this.workshop.perform(order, call)
    return reply
  }

  override async *bidiStreaming(orders: AsyncIterable<Order>, call?: Call): AsyncIterable<Reply> {
    for await (const order of orders) yield this.workshop.perform(order, call)
  }
}
