import test from 'ava'
import fc from 'fast-check'
import { Http2Error } from '../../src/http2/error.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import type { HeaderList } from '../../src/http2/header-list.js'
import { HpackDecoder } from '../../src/http2/hpack-decoder.js'
import { HpackEncoder } from '../../src/http2/hpack-encoder.js'
import { huffmanDecode, huffmanEncode, huffmanLength } from '../../src/http2/huffman.js'
import { block, text } from './raw-peer.js'

const decode = (decoder: HpackDecoder, hex: string): HeaderList => {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  return decoder.decode(bytes, 0, bytes.length)
}
const encode = (encoder: HpackEncoder, prepared: ReturnType<typeof prepareHeaders>): Buffer => {
  const target = Buffer.alloc(prepared.maxLength)
  return Buffer.from(target.subarray(0, encoder.encode(target, 0, prepared)))
}

/** RFC 7541, appendix C.3 to C.6: three requests and three responses, plain and Huffman coded. */
const REQUESTS = [
  ['8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'],
  ['8286 84be 5808 6e6f 2d63 6163 6865', '8286 84be 5886 a8eb 1064 9cbf'],
  [
    '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
  ],
] as const

test('RFC 7541 C.3 and C.4: requests', t => {
  for (const form of [0, 1] as const) {
    const decoder = new HpackDecoder(16_384)
    const lists = REQUESTS.map(forms => decode(decoder, forms[form]))
    t.deepEqual(
      lists.map(({ method, scheme, path, authority }) => [method, scheme, path, authority]),
      [
        ['GET', 'http', '/', 'www.example.com'],
        ['GET', 'http', '/', 'www.example.com'],
        ['GET', 'https', '/index.html', 'www.example.com'],
      ],
    )
    t.deepEqual(lists[1]?.fields, ['cache-control', 'no-cache'])
    t.deepEqual(lists[2]?.fields, ['custom-key', 'custom-value'])
  }
})

const COOKIE = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'

test('RFC 7541 C.5 and C.6: responses that evict from a table of 256 bytes', t => {
  for (const [first, second, third] of [
    [
      '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '4803 3330 37c1 c0bf',
      '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
    ],
    [
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      '4883 640e ffc1 c0bf',
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ],
  ] as const) {
    const decoder = new HpackDecoder(16_384)
    decode(decoder, '3fe1 01')
    const lists = [first, second, third].map(hex => decode(decoder, hex))
    t.deepEqual(
      lists.map(({ status }) => status),
      [302, 307, 200],
    )
    const date = (time: string) => ['cache-control', 'private', 'date', time, 'location', 'https://www.example.com']
    t.deepEqual(lists[0]?.fields, date('Mon, 21 Oct 2013 20:13:21 GMT'))
    t.deepEqual(lists[1]?.fields, date('Mon, 21 Oct 2013 20:13:21 GMT'))
    const last = [...date('Mon, 21 Oct 2013 20:13:22 GMT'), 'content-encoding', 'gzip', 'set-cookie', COOKIE]
    t.deepEqual(lists[2]?.fields, last)
  }
})

test('from its third time on a block is the same list, until the table has changed', t => {
  const decoder = new HpackDecoder(16_384)
  const insert = (value: string) => `40 ${text('x').toString('hex')} ${text(value).toString('hex')}`
  decode(decoder, insert('one'))
  decode(decoder, 'be')
  const one = decode(decoder, 'be')
  t.is(decode(decoder, 'be'), one)
  t.deepEqual(one.fields, ['x', 'one'])
  decode(decoder, insert('two'))
  t.deepEqual(decode(decoder, 'be').fields, ['x', 'two'])
  t.deepEqual(decode(decoder, 'bf').fields, ['x', 'one'])
  decode(decoder, '82')
  const fixed = decode(decoder, '82')
  decode(decoder, insert('three'))
  t.is(decode(decoder, '82'), fixed)
})

test('blocks that come once displace none that comes again', t => {
  const decoder = new HpackDecoder(16_384)
  const called = ['82', '83', '86', '87']
  const keep = () => called.map(hex => decode(decoder, hex))
  for (let i = 0; i < 4; i++) keep()
  const kept = keep()
  for (let i = 0; i < 1000; i++) decode(decoder, `00 ${text('x').toString('hex')} ${text(String(i)).toString('hex')}`)
  for (const [i, list] of keep().entries()) t.true(list === kept[i])
})

for (const [name, hex] of [
  ['an index of 0', '80'],
  ['an index past the tables', 'be'],
  ['an integer without end', 'ff ff ff ff ff ff ff'],
  ['an integer cut off', 'ff 80'],
  ['a literal without its value', '00 01 61'],
  ['a literal without its name', '40'],
  ['a string longer than the block', '00 0a 61'],
  ['a size update over the setting', '3f e2 1f'],
  ['a size update behind a field', '82 20'],
  ['three size updates', '20 20 20 82'],
  ['EOS in a Huffman string', '00 01 61 84 ff ff ff ff'],
  ['Huffman padding of zeros', '00 01 61 81 18'],
  ['Huffman padding of a whole byte', '00 01 61 82 1f ff'],
] as const) {
  test(`refuses ${name}`, t => {
    t.throws(() => decode(new HpackDecoder(16_384), hex), { instanceOf: Http2Error, message: /^HPACK/ })
  })
}

test('takes a table size of exactly the setting, and two updates in front of a block', t => {
  t.is(decode(new HpackDecoder(16_384), '3f e1 1f 82').method, 'GET')
  t.is(decode(new HpackDecoder(16_384), '20 3f e1 1f 82').method, 'GET')
})

test('an HPACK bomb costs no memory: one large entry referred to over and over', t => {
  const decoder = new HpackDecoder(16_384)
  const value = 'x'.repeat(4000)
  const bomb = Buffer.concat([Buffer.from([0x40]), text('a'), text(value), Buffer.alloc(60_000, 0xbe)])
  const list = decoder.decode(bomb, 0, bomb.length)
  t.true(list.tooLarge)
  t.true(list.fields.length <= 10)
  t.deepEqual(decode(decoder, 'be').fields, ['a', value])
})

const bytes = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)),
  maxLength: 200,
})

test('Huffman coding goes there and back, in the length that was foretold', t => {
  fc.assert(
    fc.property(bytes, value => {
      const target = new Uint8Array(value.length * 4 + 8)
      const end = huffmanEncode(value, target, 3)
      const back = Buffer.alloc((end - 3) * 2 + 1)
      const length = huffmanDecode(target, 3, end, back)
      return end - 3 === huffmanLength(value) && back.toString('latin1', 0, length) === value
    }),
  )
  t.pass()
})

const names = fc.constantFrom('a', 'content-type', 'user-agent', 'x-trace', 'authorization', 'accept')
const values = fc.string({
  unit: fc.integer({ min: 0x21, max: 0xff }).map(code => String.fromCharCode(code)),
  maxLength: 60,
})
const step = fc.oneof(
  { arbitrary: fc.record({ block: fc.nat(7), extra: fc.array(fc.tuple(names, values), { maxLength: 3 }) }), weight: 9 },
  { arbitrary: fc.record({ limit: fc.constantFrom(0, 40, 100, 1000, 5000) }), weight: 1 },
)

test('what the encoder writes over a connection the decoder reads, whatever the table sizes', t => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.tuple(names, values), { maxLength: 12 }), { minLength: 8, maxLength: 8 }),
      fc.array(step, { maxLength: 40 }),
      (lists, steps) => {
        const blocks = lists.map(list => prepareHeaders(list))
        const encoder = new HpackEncoder()
        const decoder = new HpackDecoder(1 << 20)
        for (const next of steps) {
          if ('limit' in next) {
            encoder.resize(next.limit)
            continue
          }
          const prepared = blocks[next.block]
          if (prepared === undefined) throw new Error('no such block')
          const extra = next.extra.flat()
          const target = Buffer.alloc(prepared.maxLength + encoder.extraLength(extra))
          const end = encoder.encodeExtra(target, encoder.encode(target, 0, prepared), extra)
          const read = decoder.decode(target, 0, end)
          t.deepEqual(read.fields, [...(lists[next.block] ?? []).flat(), ...extra])
        }
      },
    ),
  )
})

test('a prepared block shrinks to indexes; sensitive fields never enter the table', t => {
  const encoder = new HpackEncoder()
  const prepared = prepareHeaders([
    [':method', 'POST'],
    [':path', '/hello.Hello/SayHello'],
    ['authorization', 'secret'],
    ['user-agent', 'polywire'],
  ])
  const first = encode(encoder, prepared)
  const second = encode(encoder, prepared)
  t.true(second.length < first.length)
  t.deepEqual(encode(encoder, prepared), second)
  t.is(second[0], 0x83)
  t.is((second[2] ?? 0) & 0xf0, 0x10)
  t.is(second.at(-1), 0xbe)
  encoder.resize(0)
  const bare = encode(encoder, prepared)
  t.is(bare[0], 0x20)
  t.false(encode(encoder, prepared).includes(0xbe))
})

test('a path with a query never enters the table, where each would take the place of what is sent again', t => {
  const encoder = new HpackEncoder()
  for (let id = 0; id < 200; id++) encode(encoder, prepareHeaders([[':path', `/shop.Shop/Find?message=${id}`]]))
  const fields = prepareHeaders([['user-agent', 'polywire']])
  encode(encoder, fields)
  t.is(encode(encoder, fields).length, 1)
})

test('no bytes crash the decoder, and what it decodes stays within the limit', t => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), blocks => {
      const decoder = new HpackDecoder(1000)
      try {
        for (const bytes of blocks) {
          const { fields } = decoder.decode(bytes, 0, bytes.length)
          if (fields.join('').length > 1000) return false
        }
      } catch (error) {
        return error instanceof Http2Error
      }
      return true
    }),
    { numRuns: 2000 },
  )
  t.deepEqual(new HpackDecoder(1000).decode(block('a', 'b'), 0, 5).fields, ['a', 'b'])
})
