/** A service whose code no page may have: every text of a server has `server` in it. */
export const ordersSource = `
import { readFileSync } from 'node:fs'
import { createPool, type Pool } from './server-pool.js'
import * as serverTools from './server-tools.js'
import { Authorize, Field, int32, Message, Method, Safe, Service, streamOf, string, Timeout } from 'polywire'

const serverSecret = 'the launch code of the server'
const serverPool: Pool = createPool(serverSecret)
function serverLog(text: string) { serverTools.log(text, serverPool) }

@Message('shop.Order')
export class Order {
  @Field(1, string) id = ''
  @Field(2, int32) count = 0
}

@Service('shop.Orders')
@Timeout('2s')
export class Orders {
  static serverCache = new Map<string, Order>([[serverSecret, new Order()]])
  #serverReads = serverTools.start()
  private readonly serverLimits = { of: serverSecret }

  constructor(private readonly pool: Pool = serverPool) { serverLog('server') }

  @Method({ accepts: Order, returns: Order }) @Safe() @Authorize(() => serverSecret === '')
  async find(order: Order): Promise<Order> {
    this.#serverReads += readFileSync('/server/orders').length
    return { id: \`\${serverSecret} \${order.id} {}\`, count: 1 } // the server's
  }

  @Method({ args: { id: string, prefix: string }, returns: streamOf(Order) })
  async *list(id: string, prefix = serverTools.prefix()): AsyncIterable<Order> { yield serverPool.get(id + prefix) }

  get serverSize() { return serverSecret.length }
  private serverHelper() { return serverSecret }
  static serverFormat = (id: string) => serverSecret + id
}
`

/** The same service as one writes it for pages. */
export const contractSource = `
import { Field, int32, Message, Method, Safe, Service, streamOf, string, Timeout } from 'polywire/web'

@Message('shop.Order')
export class Order {
  @Field(1, string) id = ''
  @Field(2, int32) count = 0
}

@Service('shop.Orders')
@Timeout('2s')
export class Orders {
  @Method({ accepts: Order, returns: Order }) @Safe()
  async find(order: Order): Promise<Order> { throw Error() }

  @Method({ args: { id: string, prefix: string }, returns: streamOf(Order) })
  async *list(id: string, prefix = ''): AsyncIterable<Order> { throw Error() }
}
`
