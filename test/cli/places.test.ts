import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { Places } from '../../src/cli/sources.js'
import { folder } from './folder.js'

test('a declaration is found behind the comments that name it', async t => {
  const file = join(await folder(t), 'orders.proto')
  await writeFile(
    file,
    [
      '// Orders of the shop, at "https://shop.example". Orders!',
      'syntax = "proto3"; package shop.v1; // don\'t read Orders here',
      '/* Orders,',
      '   and Order.id */',
      'message Order { string id = 1; }',
      'service Orders {',
      '  rpc GetOrder(Order) returns (Order) { option (url) = "http://orders/GetOrder"; }',
      '}',
    ].join('\n'),
  )
  const places = new Places([file])
  t.deepEqual(places.find(['Orders']), { file, line: 6 })
  t.deepEqual(places.find(['Order', 'id']), { file, line: 5 })
  t.deepEqual(places.find(['Orders', 'GetOrder']), { file, line: 7 })
  t.is(places.find(['syntax', 'Nothing']), undefined)
})
