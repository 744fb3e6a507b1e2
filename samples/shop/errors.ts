import { Field, Message, RpcError, string } from 'polywire'

/** It passes through two services and arrives at the shopper as this class, with its field. */
@Message('shop.OutOfStock', { code: 'failed_precondition' })
export class OutOfStock extends RpcError {
  @Field(1, string) sku = ''
}
