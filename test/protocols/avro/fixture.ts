import { connect as connectTcp, type Socket } from 'node:net'
import {
  Arg,
  bytes,
  type Call,
  Code,
  type ConnectOptions,
  Context,
  connect,
  disconnect,
  double,
  Field,
  Headers,
  Idempotent,
  int32,
  int64,
  listOf,
  Message,
  Method,
  mapOf,
  nothing,
  optional,
  RpcError,
  type ServeOptions,
  Service,
  serve,
  string,
  Throws,
  unimplemented,
} from '../../../src/index.js'
import { avro } from '../../../src/protocols/avro/protocol.js'

@Message('shop.Order')
export class Order {
  @Field(string) name = ''
  @Field(optional(int32)) pieces?: number
  @Field(listOf(string)) tags: string[] = []
  @Field(mapOf(string, int64)) counts: Map<string, bigint> = new Map()
  @Field(() => Order) parent?: Order
}

@Message('shop.Receipt')
export class Receipt {
  @Field(string) text = ''
}

@Message('shop.DivisionByZero', { code: 'invalid_argument' })
export class DivisionByZero extends RpcError {
  @Field(double) dividend = 0
}

@Message('shop.NotFound', { code: 'not_found', message: 1 })
export class NotFound extends RpcError {
  @Field(2, int32) shelf = 0
}

/** Whatever Avro carries: positional arguments, one message, bare replies, declared errors, one-way messages. */
@Service('shop.Shop')
export class Shop {
  @Method(string) async sayHello(@Arg(1, 'name', string) _name: string): Promise<string> {
    return unimplemented()
  }

  @Method({ accepts: Order, returns: Receipt }) async order(_order: Order): Promise<Receipt> {
    return unimplemented()
  }

  @Method({ accepts: Order, returns: Order }) async echo(_order: Order): Promise<Order> {
    return unimplemented()
  }

  @Method(double)
  @Throws(DivisionByZero)
  @Idempotent()
  async divide(@Arg(1, 'dividend', double) _a: number, @Arg(2, 'divisor', double) _b: number): Promise<number> {
    return unimplemented()
  }

  @Method(string) @Throws(NotFound) async find(@Arg(1, 'title', string) _title: string): Promise<string> {
    return unimplemented()
  }

  @Method(int64) async next(@Arg(1, 'n', int64) _n: bigint): Promise<bigint> {
    return unimplemented()
  }

  @Method(bytes) async reverse(@Arg(1, 'data', bytes) _data: Uint8Array): Promise<Uint8Array> {
    return unimplemented()
  }

  @Method(nothing) async ping(): Promise<void> {
    return unimplemented()
  }

  @Method({ returns: nothing, oneway: true }) async note(@Arg(1, 'text', string) _text: string): Promise<void> {
    return unimplemented()
  }

  @Method(nothing) async hang(@Context() _call?: Call): Promise<void> {
    return unimplemented()
  }

  @Method(nothing) async fail(@Arg(1, 'how', string) _how: string): Promise<void> {
    return unimplemented()
  }

  @Method(string) async headers(@Context() _call?: Call): Promise<string> {
    return unimplemented()
  }
}

@Service()
export class ShopService extends Shop {
  readonly notes: string[] = []
  calls = 0
  /** Each ends one call of `hang`. */
  readonly hanging: (() => void)[] = []
  /** Called when `hang` was cancelled. */
  onStop: () => void = () => {}
  onNote: () => void = () => {}
  onHang: () => void = () => {}

  override async sayHello(name: string): Promise<string> {
    this.calls++
    return `Hello, ${name}!`
  }

  override async order(order: Order): Promise<Receipt> {
    this.calls++
    return { text: `${order.pieces ?? 'some'} ${order.name}` }
  }

  override async echo(order: Order): Promise<Order> {
    return order
  }

  override async divide(a: number, b: number): Promise<number> {
    if (b === 0) throw DivisionByZero.of('cannot divide by zero', { dividend: a })
    return a / b
  }

  override async find(title: string): Promise<string> {
    throw NotFound.of(`there is no ${title}`, { shelf: 3 })
  }

  override async next(n: bigint): Promise<bigint> {
    return n === 2n ** 63n - 1n ? -(2n ** 63n) : n + 1n
  }

  override async reverse(data: Uint8Array): Promise<Uint8Array> {
    return Uint8Array.from(data).reverse()
  }

  override async ping(): Promise<void> {}

  override async note(text: string): Promise<void> {
    this.notes.push(text)
    this.onNote()
  }

  override hang(call?: Call): Promise<void> {
    call?.onCancel(() => this.onStop())
    return new Promise(resolve => {
      this.hanging.push(resolve)
      this.onHang()
    })
  }

  override async fail(how: string): Promise<void> {
    if (how === 'error') throw new Error('secret internals')
    throw new RpcError(`failed with ${how}`, Code[how as keyof typeof Code], { headers: new Headers({ 'x-why': how }) })
  }

  override async headers(call?: Call): Promise<string> {
    call?.replyHeaders.set('x-head', 'first').set('x-bytes-bin', new Uint8Array([1, 2, 255]))
    call?.replyTrailers.set('x-tail', 'last')
    return call?.headers.getAll('x-in').join(',') ?? ''
  }
}

export async function serveAvro(services: readonly object[], options: ServeOptions = {}) {
  const reported: unknown[] = []
  const server = await serve(services, {
    host: '127.0.0.1',
    protocols: [avro],
    report: error => reported.push(error),
    ...options,
  })
  return { server, reported, target: `avro://${server.address}`, port: server.port }
}

/** A server of the fixture, and a remote of it. */
export async function pair(options: ServeOptions & ConnectOptions & { query?: string } = {}) {
  const service = new ShopService()
  const { server, reported, target, port } = await serveAvro([service], options)
  const shop = connect(Shop, target + (options.query ?? ''), { protocols: [avro], ...options })
  return { service, server, shop, reported, target, port, close: () => Promise.all([disconnect(shop), server.close()]) }
}

/** A connection of bytes, and all that comes back on it. */
export function rawClient(port: number): Promise<{ socket: Socket; received: () => Buffer; closed: Promise<void> }> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true }, () => resolve({ socket, received, closed }))
    const received = () => Buffer.concat(chunks)
    const closed = new Promise<void>(done => socket.once('close', () => done()))
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('error', () => {})
  })
}
