import test from 'ava'
import { protobuf } from '../../src/codecs/protobuf.js'
import { codecContract, compile } from './contract.js'
import { Item, Lists, make } from './fixture.js'

codecContract(protobuf)

test('messages of every size survive, wherever the memory they are written into ends', t => {
  const serializer = compile(protobuf, Lists)
  for (let size = 0; size < 1500; size++) {
    const message = make(Lists, {
      items: [make(Item, { name: 'x'.repeat(size % 300), price: 1 }), make(Item, { name: 'é'.repeat(size % 70) })],
      ints: Array.from({ length: size % 150 }, (_, n) => n),
    })
    t.deepEqual(serializer.decode(serializer.encode(message)), message)
  }
})
