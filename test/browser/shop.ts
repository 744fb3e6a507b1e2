import { once } from 'node:events'
import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import type { ConfigSource } from '../../src/config/config-source.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Doc } from '../../src/decorators/doc.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Arg, Idempotent, Method, Safe, Service, Throws } from '../../src/decorators/service.js'
import { serve } from '../../src/hosting/serve.js'
import { Failover } from '../../src/policies/attempts/failover.js'
import { Hedge } from '../../src/policies/attempts/hedge.js'
import { Retry } from '../../src/policies/attempts/retry.js'
import { Balanced } from '../../src/policies/balanced.js'
import { Cached } from '../../src/policies/cached/cached.js'
import { CircuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.js'
import { Bulkhead } from '../../src/policies/limits/bulkhead.js'
import { RateLimit } from '../../src/policies/limits/rate-limit.js'
import { Timeout } from '../../src/policies/timeout.js'
import {
  bytes,
  enumOf,
  int32,
  int64,
  listOf,
  mapOf,
  type OneOf,
  oneOf,
  optional,
  streamOf,
  string,
  timestamp,
} from '../../src/schema/algebra.js'
import type { Server } from '../../src/server/running-server.js'
import { CallHistory } from '../../src/telemetry/call-history.js'

/** A small shop of this process: two replicas of payments and of stock, and one server of orders that calls them and has a console. */

enum Speed {
  standard = 0,
  express = 1,
  overnight = 2,
}

@Message('shop.Line')
class Line {
  @Field(1, string) sku = ''
  @Field(2, int32) pieces = 0
}

@Message('shop.Card')
class Card {
  @Doc('Of the card, from the bank.') @Field(1, string, { sensitive: true }) token = ''
  @Field(2, string) holder = ''
}

@Message('shop.QuoteRequest')
class QuoteRequest {
  @Doc('Who asks; discounts depend on it.') @Field(1, string) customer = ''
  @Field(2, listOf(Line)) lines: Line[] = []
  @Field(oneOf({ card: [3, Card], invoice: [4, string], points: [5, int64] })) payment?: OneOf<{
    card: Card
    invoice: string
    points: bigint
  }>
  @Doc('Printed on the parcel.') @Field(6, mapOf(string, string)) labels: Map<string, string> = new Map()
  @Doc('How soon.')
  @Field(7, enumOf(Speed, 'shop.Speed', { memberDocs: { express: 'Tomorrow, if ordered before noon.' } }))
  speed: Speed = Speed.standard
  @Field(8, int64) budgetCents = 0n
  @Field(9, optional(timestamp)) deliverBy?: Date
  @Field(10, bytes) attachment: Uint8Array = new Uint8Array()
}

@Message('shop.QuoteReply')
class QuoteReply {
  @Field(1, int64) cents = 0n
  @Field(2, listOf(Line)) lines: Line[] = []
  @Field(3, string) note = ''
}

@Message('shop.Receipt')
class Receipt {
  @Field(1, string) number = ''
  @Field(2, int32) cents = 0
}

@Message('shop.OutOfStock', { code: 'failed_precondition' })
class OutOfStock extends RpcError {
  @Field(1, string) sku = ''
}

@Service('shop.Payments')
@Balanced('round-robin')
@Failover({ endpoints: 2 })
@CircuitBreaker({ minimumCalls: 4, window: '5s', openFor: '2s' })
@Bulkhead({ concurrency: 20, queuedCalls: 20 })
class Payments {
  constructor(readonly isFlaky = false) {}

  private calls = 0

  @Doc('Charges an order. It names its order, so that the bank can tell a repetition from a second charge.')
  @Method(Receipt)
  @Idempotent()
  @Timeout('2s')
  @Retry({ attempts: 4, initialBackoff: '5ms' })
  async charge(@Arg(1, 'order', string) order: string, @Arg(2, 'cents', int32) cents: number): Promise<Receipt> {
    if (this.isFlaky && this.calls++ % 3 !== 2) throw new RpcError('the bank does not answer', Code.unavailable)
    return { number: `receipt-${order}`, cents }
  }
}

@Service('shop.Stock')
class Stock {
  @Method(int32)
  @Safe()
  @Cached({ ttl: '50ms', by: (request: unknown) => String((request as { readonly sku: string }).sku) })
  @Hedge({ attempts: 2, delay: '40ms' })
  async pieces(@Arg(1, 'sku', string) sku: string): Promise<number> {
    return sku === 'unicorn' ? 0 : sku.length * 100
  }
}

@Service('shop.Orders')
export class Orders {
  constructor(
    private readonly stock: Stock,
    private readonly payments: Payments,
  ) {}

  @Method(Receipt)
  @Idempotent()
  @Timeout('8s')
  @Throws(OutOfStock)
  @RateLimit({ rate: 10_000, burst: 10_000 })
  async place(@Arg(1, 'id', string) id: string, @Arg(2, 'sku', string) sku: string): Promise<Receipt> {
    if ((await this.stock.pieces(sku)) === 0) throw OutOfStock.of(`there is no ${sku}`, { sku })
    return this.payments.charge(id, 400)
  }

  @Doc('Says what an order would cost. Nothing is reserved.')
  @Method({ accepts: QuoteRequest, returns: QuoteReply })
  @Safe()
  async quote({ lines, customer, budgetCents }: QuoteRequest): Promise<QuoteReply> {
    return { cents: budgetCents, lines, note: `for ${customer}` }
  }

  @Method({ accepts: Line, returns: streamOf(Line) })
  @Safe()
  async *watch({ sku, pieces }: Line): AsyncIterable<Line> {
    for (let at = 1; at <= pieces; at++) yield { sku, pieces: at }
  }

  @Method({ accepts: streamOf(Line), returns: Line })
  @Safe()
  async sum(lines: AsyncIterable<Line>): Promise<Line> {
    const all = { sku: '', pieces: 0 }
    for await (const { sku, pieces } of lines) {
      all.sku += sku
      all.pieces += pieces
    }
    return all
  }

  @Method({ accepts: streamOf(Line), returns: streamOf(Line) })
  @Safe()
  async *track(lines: AsyncIterable<Line>): AsyncIterable<Line> {
    for await (const { sku, pieces } of lines) yield { sku: `${sku}!`, pieces }
  }

  /** Neither safe nor idempotent. */
  @Method({ accepts: Line, returns: Receipt })
  async refund({ sku, pieces }: Line): Promise<Receipt> {
    return { number: `refund-${sku}`, cents: pieces }
  }
}

export interface Shop {
  readonly server: Server
  /** The address of the console. */
  readonly url: string
  /** Places orders, one after the other; one in ten is of something that is out of stock. */
  order(count: number): Promise<void>
  /** Changes the configuration of the calls to payments. */
  reconfigure(config: unknown): void
  /** Opens two streams: one exchanges a few lines, of the other one its caller reads no more than the first replies. */
  openStreams(): Promise<void>
  close(): Promise<void>
}

export interface ShopOptions {
  /** Opens the console with a token alone. Default: it needs none. */
  readonly token?: string
  /** The registry of its server. Default: none. */
  readonly register?: string
}

export async function openShop({ token, register }: ShopOptions = {}): Promise<Shop> {
  const replicas = { protocols: ['grpc', 'http'], report: () => {} }
  const payments = await Promise.all([false, true].map(isFlaky => serve([new Payments(isFlaky)], replicas)))
  const stocks = await Promise.all([0, 1].map(() => serve([Stock], replicas)))
  const calls = new CallHistory()
  let config: unknown = { methodConfig: [{ name: [{ service: 'shop.Payments' }], timeout: '1.5s' }] }
  let changed = (_config: unknown) => {}
  const followed: ConfigSource = {
    current: () => config,
    watch: told => {
      changed = told
      return () => {}
    },
  }
  const options = { observers: [calls], report: () => {} }
  const stock = connect(Stock, `grpc://${stocks.map(({ address }) => address).join(',')}`, options)
  const payment = connect(Payments, `grpc://${payments.map(({ address }) => address).join(',')}`, {
    ...options,
    config: followed,
  })
  const server = await serve([new Orders(stock, payment)], {
    ...replicas,
    reflection: true,
    health: { bank: () => true },
    host: '127.0.0.1',
    ...(register !== undefined && { register }),
    console: { calls, ...(token !== undefined && { token }) },
  })
  const over = new AbortController()
  const open: AsyncIterator<Line>[] = []
  const orders = connect(Orders, `grpc://${server.address}`, { report: () => {} })
  return {
    server,
    url: server.consoleUrl ?? '',
    order: async count => {
      for (let at = 0; at < count; at++)
        await orders.place(`order-${at}`, at % 10 === 9 ? 'unicorn' : 'lamp').catch(() => {})
    },
    reconfigure: next => {
      config = next
      changed(next)
    },
    openStreams: async () => {
      const [slow, lively] = [orders.watch({ sku: 'lamp', pieces: 1_000_000 }), orders.track(lines(over.signal))]
      for (const [stream, count] of [[slow, 3] as const, [lively, fewLines] as const]) {
        const replies = stream[Symbol.asyncIterator]()
        open.push(replies)
        for (let at = 0; at < count; at++) await replies.next()
      }
    },
    close: async () => {
      over.abort()
      await Promise.all(open.map(replies => replies.return?.()))
      await Promise.all([orders, stock, payment].map(disconnect))
      await Promise.all([server, ...payments, ...stocks].map(one => one.close()))
    },
  }
}

const fewLines = 12

/** A few lines. The stream ends with the shop. */
async function* lines(over: AbortSignal): AsyncGenerator<Line> {
  for (let at = 1; at <= fewLines; at++) yield { sku: 'lamp', pieces: at }
  await once(over, 'abort')
}
