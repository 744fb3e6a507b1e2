import { Field, Message, RpcError, string } from 'polywire'

/** Arrives at the shopper as this class, with its field, through two services. */
@Message('shop.OutOfStock', { code: 'failed_precondition' })
export class OutOfStock extends RpcError {
  @Field(1, string) sku = ''
}
