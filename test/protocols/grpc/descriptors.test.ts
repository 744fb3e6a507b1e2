import test from 'ava'
import { serviceOf } from '../../../src/extend.js'
import { Arg, Method, nothing, Service, string } from '../../../src/index.js'
import { describe } from '../../../src/protocols/grpc/services/descriptors.js'

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
