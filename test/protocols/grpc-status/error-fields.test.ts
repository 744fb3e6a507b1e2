import test from 'ava'
import fc from 'fast-check'
import { Code, Headers, RpcError } from '../../../src/index.js'
import { writeMetadata } from '../../../src/protocols/grpc/metadata.js'
import { errorFields } from '../../../src/protocols/grpc-status/error-fields.js'
import { decodeStatus } from '../../../src/protocols/grpc-status/rpc-status.js'
import { decodeMessage } from '../../../src/protocols/grpc-status/status.js'
import { headerListSize } from '../../../src/protocols/header-room.js'

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.constantFrom('é', '💥', '%', ' ', 'x').chain(one => fc.nat(20_000).map(times => one.repeat(times))),
)

const values = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 600 })

const metadata = fc.array(fc.tuple(fc.constantFrom('x-a', 'x-b', 'x-long-name'), values), { maxLength: 12 })

const details = fc.array(
  fc.record({ type: fc.constantFrom('a.B', 'google.rpc.BadRequest'), value: fc.uint8Array({ maxLength: 3000 }) }),
  { maxLength: 3 },
)

test('an error as gRPC trailers is never over what the client takes, and always has its code', t => {
  const property = fc.property(
    texts,
    details,
    metadata,
    fc.oneof(fc.integer({ min: 200, max: 20_000 }), fc.constant(Number.POSITIVE_INFINITY)),
    (message, given, headers, maxHeaderList) => {
      const list: string[] = []
      writeMetadata(new Headers(headers), list)
      const taken = 130
      const error = new RpcError(message, Code.not_found)
      const { fields, dropped } = errorFields(error, { details: given, metadata: list, maxHeaderList, taken })
      t.true(headerListSize(fields) + taken <= (maxHeaderList === Number.POSITIVE_INFINITY ? 8192 : maxHeaderList))
      t.deepEqual(fields.slice(0, 2), ['grpc-status', '5'])
      const said = decodeMessage(textUnder(fields, 'grpc-message') ?? '')
      const whole = Buffer.from(message).toString()
      if (said !== whole) {
        t.true(said === '' || said.endsWith('…'))
        t.true(whole.startsWith(said.slice(0, -1)))
      }
      const bin = textUnder(fields, 'grpc-status-details-bin')
      t.is(bin !== undefined, given.length > 0 && !dropped.includes('its details'))
      if (bin !== undefined) {
        const status = decodeStatus(Buffer.from(bin, 'base64'))
        t.deepEqual([status?.message, status?.details.length], [said, given.length])
      }
    },
  )
  fc.assert(property, { numRuns: 500 })
})

function textUnder(fields: readonly string[], name: string): string | undefined {
  const at = fields.findIndex((field, index) => index % 2 === 0 && field === name)
  return at < 0 ? undefined : fields[at + 1]
}
