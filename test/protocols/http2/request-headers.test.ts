import test from 'ava'
import type { HeaderBlock } from '../../../src/http2/header-block.js'
import type { Http2Stream } from '../../../src/http2/stream.js'
import { RequestHeaders } from '../../../src/protocols/http2/client/request-headers.js'

interface Sent {
  readonly block: HeaderBlock
  readonly extra: readonly string[] | undefined
}

function sending(headers: RequestHeaders): (timeout: number, extra?: readonly string[]) => Sent {
  return (timeout, extra) => {
    let sent: Sent | undefined
    const stream = {
      sendHeaders: (block: HeaderBlock, rest: readonly string[] | undefined) => (sent = { block, extra: rest }),
    }
    headers.send(stream as unknown as Http2Stream, timeout, extra)
    if (sent === undefined) throw new Error('no headers were sent')
    return sent
  }
}

const made = () =>
  sending(new RequestHeaders([[':method', 'POST']], { name: 'x-timeout', format: milliseconds => `${milliseconds}` }))

test('the timeouts of slow first calls do not keep the usual one out of the prepared blocks', t => {
  const send = made()
  for (let cold = 4970; cold < 5000; cold++) t.deepEqual(send(cold).extra, ['x-timeout', `${cold}`])
  send(5000)
  const { block, extra } = send(4999.5, ['x-tenant', 'a'])
  t.deepEqual(extra, ['x-tenant', 'a'])
  t.is(block, send(5000).block)
  t.is(block.fields.length, 2)
})

test('no timeout is sent for a call without a deadline, and the number of prepared blocks is bounded', t => {
  const send = made()
  t.is(send(Number.POSITIVE_INFINITY).extra, undefined)
  for (let timeout = 0; timeout < 100; timeout++) {
    send(timeout)
    send(timeout)
  }
  t.is(send(1).extra, undefined)
  send(99)
  t.deepEqual(send(99).extra, ['x-timeout', '99'])
})

test('a timeout counts for the size of the headers only where there is one', t => {
  const headers = new RequestHeaders([[':method', 'POST']], { name: 'x-timeout', format: String })
  const without = headers.size(Number.POSITIVE_INFINITY, undefined)
  // RFC 9113, section 6.5.2: name, value and 32 bytes of each field.
  t.is(without, ':method'.length + 'POST'.length + 32)
  t.true(headers.size(1000, undefined) >= without + 'x-timeout'.length + '1000'.length + 32)
})
