import { Code, Field, Idempotent, int32, Message, Method, RpcError, Service, string } from 'polywire'

@Message('shop.Item')
export class Item {
  @Field(1, string) name = ''
  @Field(2, int32) count = 0
}

@Service('shop.Stock')
export class Stock {
  private calls = 0

  /** Fails each third time, so that there is something to see. */
  @Method({ accepts: Item, returns: Item }) @Idempotent() async reserve(item: Item): Promise<Item> {
    if (this.calls++ % 3 === 0) throw new RpcError('the shelf is being filled', Code.unavailable)
    return item
  }
}

@Service('shop.Orders')
export class Orders {
  constructor(private readonly stock: Stock) {}

  @Method({ accepts: Item, returns: Item }) async order(item: Item): Promise<Item> {
    if (item.count <= 0) throw new RpcError(`an order is for at least 1, got ${item.count}`, Code.invalid_argument)
    return this.stock.reserve(item)
  }
}
