import test from 'ava'
import { serviceOf } from '../../src/decorators/read-service.js'
import { avpr } from '../../src/idl/avro/write.js'
import { carried } from '../../src/idl/carried.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { proto } from '../../src/idl/proto/write.js'
import { Refusal } from '../../src/idl/refusal.js'
import { enumOf, Field, int32, Message, Method, nothing, Service, string, unimplemented } from '../../src/index.js'
import { imported } from './imported.js'

@Message('a.Order')
class Order {
  @Field(1, string) id = ''
}

@Service('a.Order')
class Orders {
  @Method({ accepts: Order, returns: Order })
  put(_order: Order): Promise<Order> {
    return unimplemented()
  }
}

enum Kind {
  Order = 0,
}
enum State {
  STATE_OPEN = 0,
  open = 1,
}
enum Color {
  NONE = 0,
  dark_red = 1,
  dark__RED = 2,
}
enum Other {
  NONE = 0,
}

test('names that protobuf wants to differ are refused with what has them', t => {
  for (const [exported, message] of [
    [
      { Order, kind: enumOf(Kind, 'a.Kind') },
      "a.Kind: member Order: message Order has that name too, and protobuf wants them to differ within a package; begin each with its enum's name",
    ],
    [
      { state: enumOf(State, 'a.State') },
      "a.State: member open: protobuf takes it for the same name as STATE_OPEN, since only case, _ or the enum's name differ; rename one",
    ],
    [
      { color: enumOf(Color, 'a.Color') },
      "a.Color: member dark__RED: protobuf takes it for the same name as dark_red, since only case, _ or the enum's name differ; rename one",
    ],
    [
      { color: enumOf({ NONE: 0, RED: 1 }, 'a.Color'), other: enumOf(Other, 'a.Other') },
      "a.Other: member NONE: enum Color has one of that name too, and protobuf wants them to differ within a package; begin each with its enum's name",
    ],
    [
      { Order, Orders },
      'a: service Order: message Order has that name too, and protobuf wants them to differ; rename one',
    ],
  ] as const) {
    const error = t.throws(() => proto.write(contractOf(exported)), { instanceOf: Refusal })
    t.is(error?.message, message)
  }
})

const saveRequest = enumOf({ NONE: 0 }, 'a.SaveRequest')

@Message('a.PutRequest')
class PutRequest {
  @Field(1, saveRequest) kind = 0
}

@Service('a.Store')
class Store {
  @Method({ args: { id: int32, kind: saveRequest }, returns: nothing })
  save(_id: number, _kind: number): Promise<void> {
    return unimplemented()
  }
  @Method({ args: { id: int32 }, returns: nothing })
  put(_id: number): Promise<void> {
    return unimplemented()
  }
}

test('the messages that arguments become get names that no type has, be it an enum or one that no method uses', async t => {
  const again = await imported(t, proto, contractOf({ Store, PutRequest }))
  t.deepEqual(
    again.services[0]?.methods.map(({ input }) => input.name),
    ['a.StoreSaveRequest', 'a.StorePutRequest'],
  )
  t.deepEqual(
    again.messages.map(({ name }) => name).filter(name => name === 'a.PutRequest'),
    ['a.PutRequest'],
  )
})

@Message('a.null')
class Null {
  @Field(1, string) id = ''
}

@Service('a.Hello')
class HelloA {
  @Method({ accepts: Order, returns: Order })
  say(_request: Order): Promise<Order> {
    return unimplemented()
  }
}

@Service('b.hello')
class HelloB {
  @Method({ accepts: Null, returns: Order })
  say(_request: Null): Promise<Order> {
    return unimplemented()
  }
}

test('a type that is called like a primitive one is refused by Avro', t => {
  const { refused } = carried(contractOf({ HelloB }), avpr)
  const why = 'a.null: null is a primitive type of Avro; give the type another name'
  t.deepEqual(refused, [{ construct: 'b.hello/Say', why }])
})

test('protocols of one name, or nearly, are files with their packages', t => {
  @Service('b.hello')
  class Again {
    @Method({ accepts: Order, returns: Order })
    say(_request: Order): Promise<Order> {
      return unimplemented()
    }
  }
  const paths = (exported: object) => avpr.write(contractOf({ ...exported })).map(({ path }) => path)
  t.deepEqual(paths({ HelloA, Again }), ['a.Hello.avpr', 'b.hello.avpr'])
  t.deepEqual(paths({ HelloA }), ['Hello.avpr'])
})

@Message('a.Pair')
class Pair {
  @Field(1, enumOf({ NONE: 0, ONE: 1 }, 'a.Order')) kind = 0
  @Field(2, Order) order?: Order
}

@Message('a.Order')
class OtherOrder {
  @Field(1, int32) id = 0
}

@Service('a.Pairs')
class Pairs {
  @Method({ accepts: Pair, returns: nothing })
  put(_pair: Pair): Promise<void> {
    return unimplemented()
  }
}

test('two types of one name are refused, and none is left out without a word', t => {
  for (const [exported, message] of [
    [
      { Order, kind: enumOf({ NONE: 0 }, 'a.Order') },
      "class Order is @Message('a.Order'), and an enum is 'a.Order' too",
    ],
    [{ Pair }, "class Order is @Message('a.Order'), and an enum is 'a.Order' too"],
    [
      { Order, OtherOrder },
      "classes Order and OtherOrder are both @Message('a.Order'), but field id is 1: string, implicit in one and 1: int32, implicit in the other",
    ],
    [
      { one: enumOf({ NONE: 0 }, 'a.State'), other: enumOf({ NONE: 0, A: 1 }, 'a.State') },
      /^two enums are 'a\.State', but one is .*; give one of them another name$/,
    ],
  ] as const) {
    const error = t.throws(() => contractOf(exported))
    if (typeof message === 'string') t.is(error?.message, `${message}; give one of them another name`)
    else t.regex(error?.message ?? '', message)
  }
})

test('a service does not start with a message and an enum of one name', t => {
  t.throws(() => serviceOf(Pairs), {
    message:
      "class Order is @Message('a.Order'), and the enum of Pair.kind is 'a.Order' too; give one of them another name",
  })
})
