import test from 'ava'
import { exportFormats } from '../../src/idl/formats.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { enumOf, Field, Message, Method, Service, string } from '../../src/index.js'
import { imported } from './imported.js'

enum Kind {
  SMALL = 0,
  LARGE = 1,
}
const kind = enumOf(Kind, 'alone.Kind')

@Message('shop.Order')
class Order {
  @Field(string) id = ''
}

@Message('shop.Alone')
class Alone {
  @Field(kind) kind = Kind.SMALL
  @Field(Order) order = new Order()
}

@Message('other.Far')
class Far {
  @Field(string) id = ''
}

@Service('shop.Orders')
class Orders {
  @Method({ accepts: Order, returns: Order })
  async get(order: Order): Promise<Order> {
    return order
  }
}

@Service('other.Empty')
class Empty {
  @Method({ accepts: Order, returns: Order })
  async get(order: Order): Promise<Order> {
    return order
  }
}

for (const name of ['avdl', 'avpr'] as const)
  test(`types that no method uses are in the .${name} of their package, once, and come back`, async t => {
    const contract = contractOf({ Orders, Empty, Alone, Far, kind })
    const files = new Map(exportFormats[name].write(contract).map(({ path, text }) => [path, text]))
    const [orders = '', empty = ''] = [`Orders.${name}`, `Empty.${name}`].map(path => files.get(path))
    t.is(orders.match(/\bAlone\b/g)?.length, 1)
    t.is(orders.match(/\bLARGE\b/g)?.length, 1)
    t.false(orders.includes('Far'))
    t.true(empty.includes('Far'))
    t.false(empty.includes('Alone'))
    const again = await imported(t, exportFormats[name], contractOf({ Orders, Alone, kind }))
    t.deepEqual(again.messages.map(one => one.name).sort(), ['shop.Alone', 'shop.Order'])
  })
