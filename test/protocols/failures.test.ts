import test from 'ava'
import { Code } from '../../src/core/code.js'
import { refusal } from '../../src/core/refusal.js'
import { failure, RpcError } from '../../src/core/rpc-error.js'
import {
  codeOfHttpStatus,
  codeOfPlainStatus,
  unreadableReply,
  unreadableRequest,
} from '../../src/protocols/failures.js'

test('the code of an HTTP reply that does not come from the service', t => {
  const statuses = [400, 401, 403, 404, 429, 502, 503, 504, 200, 500, 418]
  t.deepEqual(statuses.map(codeOfHttpStatus), [
    Code.internal,
    Code.unauthenticated,
    Code.permission_denied,
    Code.unimplemented,
    Code.unavailable,
    Code.unavailable,
    Code.unavailable,
    Code.unavailable,
    Code.unknown,
    Code.unknown,
    Code.unknown,
  ])
  t.deepEqual([413, 431].map(codeOfHttpStatus), [Code.unknown, Code.unknown], 'as Connect and gRPC specify')
  t.deepEqual([413, 431].map(codeOfPlainStatus), [Code.resource_exhausted, Code.resource_exhausted])
  t.deepEqual(statuses.map(codeOfPlainStatus), statuses.map(codeOfHttpStatus))
})

const path = '/test.Hello/SayHello'

test('what a decoder finds in a request names the method, and keeps its code and reason', t => {
  const found = failure('invalid_message', Code.invalid_argument, 'name: expected string, got number')
  const error = unreadableRequest(found, path)
  t.is(error.message, `${path}: the request cannot be read: name: expected string, got number`)
  t.like(error, { code: Code.invalid_argument, reason: 'invalid_message' })
  t.is(unreadableRequest(error, path), error, 'the method is named once')
})

test("an error without a reason is somebody else's, and stays as it is", t => {
  const error = new RpcError('no such order', Code.not_found)
  t.is(unreadableRequest(error, path), error)
  const thrown = new TypeError('the secret of a codec')
  t.is(unreadableRequest(thrown, path), thrown)
})

test('malformed bytes of a reply are the mistake of the server, limits are those of the caller', t => {
  const malformed = unreadableReply(failure('invalid_message', Code.invalid_argument, 'name: no string'), path)
  t.like(malformed, { code: Code.internal, reason: 'malformed_reply' })
  t.is(malformed.message, `${path}: the reply cannot be read: name: no string`)
  const large = unreadableReply(failure('message_too_large', Code.resource_exhausted, 'it is too large'), path)
  t.like(large, { code: Code.resource_exhausted, reason: 'message_too_large' })
  t.is(large.message, `${path}: the reply cannot be read: it is too large`)
  t.like(unreadableReply(new TypeError('broken'), path), { code: Code.internal, reason: 'malformed_reply' })
})

test('the compiler accepts only reasons and codes of the table', t => {
  // @ts-expect-error: no such reason
  failure('no_such_reason', Code.internal, '')
  // @ts-expect-error: it is `unavailable`
  failure('connection_lost', Code.internal, '')
  // @ts-expect-error: it is not a mistake of the application's code
  failure('canceled', Code.failed_precondition, '')
  // @ts-expect-error: no such reason
  refusal('no_such_reason', Code.internal, '')
  t.is(
    new RpcError('', Code.internal, { reason: 'out_of_stock' }).reason,
    'out_of_stock',
    'those of an application are free',
  )
})
