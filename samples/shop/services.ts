import { setTimeout as wait } from 'node:timers/promises'
import { injectable } from 'inversify'
import { Service, withCall } from 'polywire'
import { Remote } from 'polywire/inversify'
import {
  type Charge,
  Inventory,
  type Item,
  type Order,
  Orders,
  Payments,
  type Receipt,
  type Related,
  type Reservation,
  type Stock,
} from './contracts.js'
import { OutOfStock } from './errors.js'

/** Each replica has its own warehouse. A real one would ask a database. */
@Service()
@injectable()
export class InventoryService extends Inventory {
  private readonly reserved = new Set<string>()

  override async stock({ sku }: Item): Promise<Stock> {
    return { pieces: sku === 'unicorn' ? 0 : 1000, cents: 100 * sku.length }
  }

  override async reserve({ order, sku }: Reservation): Promise<void> {
    if (sku === 'unicorn') throw OutOfStock.of(`there is no ${sku} left`, { sku })
    this.reserved.add(order)
  }

  override async related({ sku }: Item): Promise<Related> {
    return { skus: [`${sku} case`, `${sku} stand`] }
  }
}

@Service()
@injectable()
export class PaymentsService extends Payments {
  /** The bank takes its time. */
  override async charge({ order, cents }: Charge): Promise<Receipt> {
    await wait(5)
    return { number: `receipt-${order}`, cents, youMayLike: [] }
  }
}

/** It calls two remotes as if they were local, and knows nothing of replicas, registries or policies. */
@Service()
@injectable()
export class OrdersService extends Orders {
  private readonly payments: Payments

  constructor(
    @Remote(Inventory) private readonly inventory: Inventory,
    @Remote(Payments) payments: Payments,
  ) {
    super()
    this.payments = withCall(payments, { headers: { authorization: 'Bearer orders' } })
  }

  override async place({ id, sku }: Order): Promise<Receipt> {
    const { cents } = await this.inventory.stock({ sku })
    await this.inventory.reserve({ order: id, sku })
    const [receipt, related] = await Promise.all([
      this.payments.charge({ order: id, cents }),
      this.inventory.related({ sku }),
    ])
    return { ...receipt, youMayLike: related.skus }
  }
}
