import test from 'ava'
import { Code } from '../../src/core/code.js'
import { peerReason, sentDetails } from '../../src/core/error-detail.js'
import { failure, RpcError } from '../../src/core/rpc-error.js'

const own = { type: 'a.B', value: new Uint8Array([1]) }

test('a refusal is sent with its reason in front of its own details, and the reason is known before and after', t => {
  const refused = failure('rate_limited', Code.resource_exhausted, 'too many', { details: [own] })
  t.deepEqual(refused.details, [own])
  const sent = sentDetails(refused)
  t.deepEqual(
    sent.map(({ type }) => type),
    ['google.rpc.ErrorInfo', 'a.B'],
  )
  t.is(peerReason(refused), 'rate_limited')
  const received = new RpcError('too many', Code.resource_exhausted, { details: sent })
  t.is(peerReason(received), 'rate_limited')
  t.deepEqual(sentDetails(received), sent, 'passed on once')
})

test('a reason that a caller cannot act on stays where it was raised', t => {
  const broken = failure('connection_lost', Code.unavailable, 'lost', { details: [own] })
  t.deepEqual(sentDetails(broken), [own])
  t.is(peerReason(broken), undefined)
})
