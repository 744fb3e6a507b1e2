import { Ajv2020 } from 'ajv/dist/2020.js'
import test from 'ava'
import { json } from '../../src/codecs/json/codec.js'
import { defaultLimits } from '../../src/core/limits.js'
import type { Contract } from '../../src/idl/format.js'
import { jsonschema } from '../../src/idl/jsonschema/write.js'
import { contractOf } from '../../src/idl/module-contract.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import * as shop from '../fixtures/shop.js'

const contract: Contract = contractOf(shop)
const document = JSON.parse(jsonschema.write(contract)[0]?.text ?? '') as object
const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  formats: { int64: true, uint64: true, float: true, double: true, uuid: true, 'date-time': true },
})
const isOrder = ajv.addSchema(document, 'shop').compile({ $ref: 'shop#/$defs/shop.v1.Order' })
const serializer = json.compile(messageSchemaOf(shop.Order) as MessageSchema<shop.Order>, defaultLimits)

function jsonOf(order: Partial<shop.Order>): unknown {
  return JSON.parse(Buffer.from(serializer.encode(Object.assign(new shop.Order(), order))).toString())
}

test('what the JSON codec writes is valid by the JSON Schema', t => {
  const full = {
    id: '7',
    items: [Object.assign(new shop.OrderItem(), { sku: 'pen', quantity: 2, shelf: -3 })],
    totals: new Map([['EUR', -1250n]]),
    state: shop.OrderState.ORDER_STATE_SENT,
    placedAt: new Date(0),
    note: '',
    tags: new Set(['a', 'b']),
    limit: 0,
    digest: new Uint8Array([1, 2, 3]),
    serial: 2n ** 64n - 1n,
    patience: -1500.5,
    payment: { case: 'invoice' as const, value: 'x' },
    replaces: new shop.Order(),
  } satisfies Partial<shop.Order>
  for (const order of [{}, full, { state: 77 as shop.OrderState }])
    t.true(isOrder(jsonOf(order)), JSON.stringify(isOrder.errors))
})

test('what no JSON of a message is, is not valid by the JSON Schema', t => {
  for (const wrong of [
    { id: 7 },
    { items: [{ shelf: 40_000 }] },
    { totals: { EUR: 'many' } },
    { state: 'ORDER_STATE_LOST' },
    { patience: '1.5 s' },
    { card: {}, invoice: 'x' },
  ])
    t.false(isOrder(wrong), JSON.stringify(wrong))
})

test('the same contract gives the same bytes', t => {
  t.deepEqual(jsonschema.write(contractOf(shop)), jsonschema.write(contract))
})
