import test from 'ava'
import { connect, disconnect, serve } from '../../src/index.js'
import { cborCodec } from '../fixtures/cbor.js'
import { DivisionByZero, Hello, HelloService } from '../fixtures/hello.js'
import { codecContract } from './contract.js'

codecContract(cborCodec, {
  skips: {
    'text and bytes survive a round trip': 'cborg takes a byte order mark at the beginning of a text away',
    'any message survives a round trip': 'the same: one text in some thousands begins with such a mark',
    'half a surrogate pair in UTF-8 is refused': 'cborg reads any bytes as text',
  },
})

for (const protocol of ['http', 'grpc']) {
  test(`a codec of one's own over ${protocol}`, async t => {
    const server = await serve([HelloService], { codecs: [cborCodec] })
    t.teardown(() => server.close())
    const hello = connect(Hello, `${protocol}://127.0.0.1:${server.port}?codec=cbor`, { codecs: [cborCodec] })
    t.teardown(() => disconnect(hello))
    const parent = { name: 'parent', tags: [] }
    t.like(await hello.sayHello({ name: 'World', tags: ['a'], counts: new Map([['x', 2n ** 60n]]), parent }), {
      message: 'Hello, World!',
    })
    t.is(await hello.divide(1, 4), 0.25)
    t.true((await t.throwsAsync(hello.divide(1, 0))) instanceof DivisionByZero)
  })
}
