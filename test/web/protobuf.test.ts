import assert from 'node:assert'
import test from 'ava'
import fc from 'fast-check'
import type { Serializer } from '../../src/codecs/codec.js'
import { protobuf as ofNode } from '../../src/codecs/protobuf/codec.js'
import { Code, RpcError } from '../../src/index.js'
import { protobuf } from '../../src/web/index.js'
import { arbitraryMessages } from '../codecs/arbitrary.js'
import { codecContract, compile } from '../codecs/contract.js'

const reason = 'their message has an Any, which pages refuse'

codecContract(protobuf, {
  newMembers: 'number',
  skips: {
    'well-known types survive a round trip': reason,
    'valid bytes that were cut, flipped or doubled are a message or invalid_argument': reason,
    'initial elements stay if the field is absent, and an empty list, set or map arrives empty':
      'protobuf cannot tell them apart, and a server refuses the class at start-up',
  },
})

type MessageClass = new () => object

/** Two durations can make one that is none. */
function read(serializer: Serializer<object>, bytes: Uint8Array): object | undefined {
  try {
    return serializer.decode(bytes)
  } catch (error) {
    if (error instanceof RpcError) return undefined
    throw error
  }
}

/** Maps are compared without their order, which JSON does not keep. */
const same: (one: unknown, other: unknown) => void = assert.deepStrictEqual

for (const [type, messages] of arbitraryMessages) {
  const [page, node] = [compile(protobuf, type as MessageClass), compile(ofNode, type as MessageClass)]

  test(`a page and a server read the same ${type.name}, also of two that follow each other`, t => {
    fc.assert(
      fc.property(messages, messages, (one, other) => {
        for (const bytes of [page.encode(one), Uint8Array.from([...node.encode(one), ...node.encode(other)])])
          same(read(page, bytes), read(node, bytes))
      }),
      { numRuns: 40 },
    )
    t.pass()
  })

  test(`bytes of a ${type.name} that were cut or flipped are a message or invalid_argument`, t => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })
    fc.assert(
      fc.property(messages, flips, fc.nat(), (message, changes, cut) => {
        const bytes = node.encode(message).slice()
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value
        try {
          page.decode(bytes.subarray(0, bytes.length - (cut % (bytes.length + 1))))
        } catch (error) {
          t.is((error as RpcError).code, Code.invalid_argument)
        }
      }),
      { numRuns: 200 },
    )
    t.pass()
  })
}

test('groups and other fields that a page does not know are passed over; what is too deep or malformed is refused', t => {
  const [type] = [...arbitraryMessages].map(([type]) => type) as [MessageClass]
  const page = compile(protobuf, type)
  const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const refused = (hex: string) => t.throws(() => page.decode(bytes(hex)), { instanceOf: RpcError })
  // Field 1000 as a group with a varint in it.
  t.deepEqual(page.decode(bytes('c33e 0801 c43e')), page.decode(bytes('')))
  refused('c33e'.repeat(100))
  refused('c43e')
  refused('c33e cc3e')
  refused('0001')
  refused('ffffffffffffffffffff01')
  refused('c23e ffffffffffffffff7f 00')
})
