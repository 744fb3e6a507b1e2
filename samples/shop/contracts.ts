// The contracts of the three services. Each policy is declared where its reason is.
import {
  Authorize,
  Balanced,
  Bulkhead,
  Cached,
  CircuitBreaker,
  Compressed,
  Failover,
  Fallback,
  Field,
  Hedge,
  Idempotent,
  int32,
  listOf,
  Message,
  Method,
  nothing,
  RateLimit,
  Retry,
  Safe,
  Service,
  string,
  Throws,
  Timeout,
  unimplemented,
  WaitForReady,
} from 'polywire'
import { OutOfStock } from './errors.js'

@Message('shop.Item')
export class Item {
  @Field(1, string) sku!: string
}

@Message('shop.Stock')
export class Stock {
  @Field(1, int32) pieces!: number
  @Field(2, int32) cents!: number
}

@Message('shop.Reservation')
export class Reservation {
  @Field(1, string) order!: string
  @Field(2, string) sku!: string
}

@Message('shop.Related')
export class Related {
  @Field(1, listOf(string)) skus: string[] = []
}

@Message('shop.Charge')
export class Charge {
  @Field(1, string) order!: string
  @Field(2, int32) cents!: number
}

@Message('shop.Receipt')
export class Receipt {
  @Field(1, string) number!: string
  @Field(2, int32) cents!: number
  @Field(3, listOf(string)) youMayLike: string[] = []
}

@Message('shop.Order')
export class Order {
  @Field(1, string) id!: string
  @Field(2, string) sku!: string
}

/** The codes of a replica that dies or hangs: another one is worth a try. */
const gone = ['unavailable', 'deadline_exceeded'] as const

@Service('shop.Inventory')
@Failover()
export class Inventory {
  /** Every shopper asks for it, and gets the same: it is cached. A replica that hangs costs one try, not the order. */
  @Method({ accepts: Item, returns: Stock })
  @Safe()
  @Cached({ ttl: '100ms', by: () => '' })
  @Retry({ attempts: 4, initialBackoff: '20ms', codes: gone })
  @Timeout({ total: '3s', perTry: '500ms' })
  async stock(_item: Item): Promise<Stock> {
    return unimplemented()
  }

  /** The request names its order, so that a repeated call reserves nothing twice. */
  @Method({ accepts: Reservation, returns: nothing })
  @Idempotent()
  @Throws(OutOfStock)
  @Retry({ attempts: 4, initialBackoff: '20ms', codes: gone })
  @Timeout({ total: '3s', perTry: '500ms' })
  async reserve(_reservation: Reservation): Promise<void> {
    return unimplemented()
  }

  /**
   * Optional: an empty list is better than an order that waits. If a replica is slow, another one is asked too, but a hedge is no promise: at
   * most one call in ten has one. Long lists travel compressed.
   */
  @Method({ accepts: Item, returns: Related })
  @Safe()
  @Compressed('gzip')
  @Fallback({ skus: [] })
  @Hedge({ delay: '15ms', nonFatal: gone })
  @Timeout('50ms')
  async related(_item: Item): Promise<Related> {
    return unimplemented()
  }
}

/** The bank behind it is slow and easily overloaded. */
@Service('shop.Payments')
@Balanced('least-connections')
@Failover()
@CircuitBreaker({ window: '5s', openFor: '1s' })
@Bulkhead({ concurrency: 20, queuedCalls: 20 })
@Authorize(call => call.headers.get('authorization') === 'Bearer orders' || 'unauthenticated')
export class Payments {
  /** The request names its order, so that the bank can tell a repeated call from a second charge. */
  @Method({ accepts: Charge, returns: Receipt })
  @Idempotent()
  @Retry({ attempts: 4, initialBackoff: '20ms', codes: gone })
  @Timeout({ total: '3s', perTry: '500ms' })
  async charge(_charge: Charge): Promise<Receipt> {
    return unimplemented()
  }
}

@Service('shop.Orders')
@Failover()
export class Orders {
  /**
   * The shopper chooses the id, so an order that is sent again is the same order: one that a replica did not finish in time gets another try.
   * The rate limit keeps one customer from crowding out others. While all replicas of Orders restart, a call waits for the first one that is
   * up.
   */
  @Method({ accepts: Order, returns: Receipt })
  @Idempotent()
  @Throws(OutOfStock)
  @RateLimit({ rate: 100, burst: 20, by: call => call.headers.get('x-customer') ?? '' })
  @Retry({ attempts: 4, initialBackoff: '20ms', codes: gone })
  @Timeout({ total: '20s', perTry: '4s' })
  @WaitForReady()
  async place(_order: Order): Promise<Receipt> {
    return unimplemented()
  }
}
