import { createFileRegistry, fromBinary, isFieldSet } from '@bufbuild/protobuf'
import { FieldDescriptorProtoSchema, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import test from 'ava'
import { defaultLimits } from '../../../src/core/limits.js'
import { protobuf, type ServiceSchema, serviceOf } from '../../../src/extend.js'
import {
  Arg,
  double,
  enumOf,
  Field,
  listOf,
  Message,
  Method,
  mapOf,
  nothing,
  Service,
  string,
} from '../../../src/index.js'
import { FileDescriptorProto } from '../../../src/protocols/standard-services/descriptor-messages.js'
import { describe } from '../../../src/protocols/standard-services/descriptors.js'
import type { MessageSchema } from '../../../src/schema/message.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'

@Service('demo.First')
class First {
  @Method(nothing)
  async ping(@Arg(1, 'host', string) _host: string): Promise<void> {}
  @Method(string)
  async other(): Promise<string> {
    return ''
  }
}

@Service('demo.Second')
class Second {
  @Method(nothing)
  async ping(): Promise<void> {}
}

test('two services with a method of one name have a request message each, whatever their order', t => {
  const services = [serviceOf(First), serviceOf(Second)]
  for (const order of [services, services.toReversed()]) {
    const [file] = describe(order)
    const fields = new Map(file?.messageType.map(({ name, field }) => [name, field.map(one => one.name)]))
    t.deepEqual(fields.get('FirstPingRequest'), ['host'])
    t.deepEqual(fields.get('SecondPingRequest'), [])
    t.deepEqual(fields.get('OtherResponse'), ['value'])
    t.false(fields.has('PingRequest'))
    const first = file?.service.find(({ name }) => name === 'First')
    t.is(first?.method[0]?.inputType, '.demo.FirstPingRequest')
  }
})

test('a service alone keeps the plain names', t => {
  const [file] = describe([serviceOf(First)])
  t.deepEqual(file?.messageType.map(({ name }) => name).sort(), [
    'OtherRequest',
    'OtherResponse',
    'PingRequest',
    'PingResponse',
  ])
})

enum State {
  open,
  shut,
}
const state = enumOf(State, 'shop.v1.Order.State')

@Message('shop.v1.Order.Item.Part')
class Part {
  @Field(1, string) name = ''
}
@Message('shop.v1.Order.Item')
class OrderItem {
  @Field(1, listOf(Part)) parts: Part[] = []
  @Field(2, mapOf(string, state)) states: Map<string, State> = new Map()
}
@Message('shop.v1.Order')
class Order {
  @Field(1, listOf(OrderItem)) items: OrderItem[] = []
  @Field(2, () => OrderItem) first?: OrderItem
}
@Message('shop.v1.Order.Missing.Deep')
class Deep {
  @Field(1, () => Order) order?: Order
}

@Service('shop.v1.Orders')
class Orders {
  /** The nested message comes first. */
  @Method({ accepts: OrderItem, returns: Deep })
  async find(_item: OrderItem): Promise<Deep> {
    return {}
  }
  @Method(nothing)
  async ping(@Arg(1, 'hosts', mapOf(string, string)) _hosts: Map<string, string>): Promise<void> {}
}
@Service('shop.v1.Others')
class Others {
  @Method(nothing)
  async ping(): Promise<void> {}
}

/** What protobuf-es makes of the files. It throws if they contradict each other. */
function registryOf(services: readonly ServiceSchema[]) {
  const file = describe(services)
  const set = protobuf
    .compile(messageSchemaOf(FileSet) as MessageSchema, { depth: 64, values: 10_000 })
    .encode({ file })
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, set))
}

@Message('google.protobuf.FileDescriptorSet')
class FileSet {
  @Field(1, listOf(FileDescriptorProto)) file: FileDescriptorProto[] = []
}

test('a message whose name begins with that of another is nested in it', t => {
  const [file, ...rest] = describe([serviceOf(Orders)])
  t.deepEqual(rest, [])
  t.is(file?.name, 'shop/v1.proto')
  const registry = registryOf([serviceOf(Orders), serviceOf(Others)])
  const item = registry.getMessage('shop.v1.Order.Item')
  t.is(item?.parent?.typeName, 'shop.v1.Order')
  t.is(registry.getMessage('shop.v1.Order.Item.Part')?.parent, item)
  t.is(registry.getEnum('shop.v1.Order.State')?.parent?.typeName, 'shop.v1.Order')
  t.is(registry.getMessage('shop.v1.Order.Missing.Deep')?.parent?.parent?.typeName, 'shop.v1.Order')
  t.is(registry.getService('shop.v1.Orders')?.method.find?.input, item)
  t.deepEqual(
    registry.getMessage('shop.v1.Order')?.fields.map(({ message }) => message?.typeName),
    ['shop.v1.Order.Item', 'shop.v1.Order.Item'],
  )
  // The map's entry is in the wrapper, which has another name because two services have a method of its name.
  t.deepEqual(
    registry.getMessage('shop.v1.OrdersPingRequest')?.fields.map(({ fieldKind }) => fieldKind),
    ['map'],
  )
})

@Message('demo.Numbers')
class Numbers {
  @Field(1, double) ratio = 0
}

@Service('demo.Ratios')
class Ratios {
  @Method({ accepts: Numbers, returns: Numbers })
  async get(numbers: Numbers): Promise<Numbers> {
    return numbers
  }
}

test('a double says its type, without which no tool in Go finds the service', t => {
  const [file] = describe([serviceOf(Ratios)])
  const serializer = protobuf.compile(
    messageSchemaOf(FileDescriptorProto) as MessageSchema<FileDescriptorProto>,
    defaultLimits,
  )
  const bytes = serializer.encode(file as FileDescriptorProto)
  const [field] = fromBinary(FileDescriptorProtoSchema, bytes).messageType[0]?.field ?? []
  t.true(field !== undefined && isFieldSet(field, FieldDescriptorProtoSchema.field.type))
  t.true(field !== undefined && isFieldSet(field, FieldDescriptorProtoSchema.field.label))
})
