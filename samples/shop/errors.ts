import { Code, Field, Message, RpcError, string } from 'polywire'

/** Arrives at the shopper as this class, with its field, through two services. */
@Message('shop.OutOfStock')
export class OutOfStock extends RpcError {
  @Field(1, string) sku = ''

  static of(sku: string): OutOfStock {
    return Object.assign(new OutOfStock(`there is no ${sku} left`, Code.failed_precondition), { sku })
  }
}
