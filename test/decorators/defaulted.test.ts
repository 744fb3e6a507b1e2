import test from 'ava'
import {
  connect,
  defaulted,
  disconnect,
  enumOf,
  Field,
  int32,
  listOf,
  Message,
  Method,
  Service,
  serve,
  string,
  unimplemented,
} from '../../src/index.js'

enum Size {
  small = 0,
  large = 5,
}

@Message('demo.Wrapping')
class Wrapping {
  @Field(1, string) color = 'red'
  @Field(2, listOf(string)) ribbons: string[] = []
}

@Service('demo.Shop')
class Shop {
  @Method({
    args: {
      count: defaulted(int32, 3),
      sku: string,
      size: defaulted(enumOf(Size, 'demo.Size'), Size.large),
      wrapping: defaulted(Wrapping, () => Object.assign(new Wrapping(), { color: 'blue' })),
    },
    returns: string,
  })
  buy(_count: number | undefined, _sku: string, _size?: Size, _wrapping?: Wrapping): Promise<string> {
    return unimplemented()
  }

  @Method({ args: { notes: defaulted(listOf(string), () => ['none']) }, returns: listOf(string) })
  note(_notes?: string[]): Promise<string[]> {
    return unimplemented()
  }
}

@Service()
class ShopService extends Shop {
  override async buy(count: number, sku: string, size: Size, wrapping: Wrapping): Promise<string> {
    wrapping.ribbons.push('changed')
    return `${count} ${sku} ${size} ${wrapping.color} ${wrapping.ribbons.length}`
  }

  override async note(notes: string[]): Promise<string[]> {
    notes.push('changed')
    return notes
  }
}

test('an argument that is left out has its default, on every wire', async t => {
  const server = await serve([ShopService], { host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  const at = `127.0.0.1:${server.port}`
  for (const target of ['grpc', 'http', 'thrift', 'avro', 'http-xml', 'http-msgpack'].map(wire =>
    wire.startsWith('http-') ? `http://${at}?codec=${wire.slice(5)}` : `${wire}://${at}`,
  )) {
    const shop = connect(Shop, target)
    t.teardown(() => disconnect(shop))
    // Twice, since a default that is an object must not be shared.
    for (let call = 0; call < 2; call++) t.is(await shop.buy(undefined, 'pen'), '3 pen 5 blue 1', target)
    t.is(await shop.buy(0, '', Size.small, new Wrapping()), '0  0 red 1', target)
    if (target.startsWith('grpc')) continue
    for (let call = 0; call < 2; call++) t.deepEqual(await shop.note(), ['none', 'changed'], target)
    t.deepEqual(await shop.note(['mine']), ['mine', 'changed'], target)
  }
})
