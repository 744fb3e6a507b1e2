import test from 'ava'
import { ErrorCode, Http2Error } from '../../../src/http2/error.js'
import { goawayReason, lossReason } from '../../../src/protocols/http2/client/disconnect-reason.js'

const broken = (code?: string) =>
  new Http2Error(ErrorCode.cancel, 'the connection broke', 'unknown', {
    cause: Object.assign(new Error('broken'), { code }),
  })

test('a GOAWAY is named by its code, if RFC 9113 has a name for it', t => {
  t.is(goawayReason(new Http2Error(ErrorCode.enhance_your_calm, '')), 'GOAWAY ENHANCE_YOUR_CALM')
  t.is(goawayReason(new Http2Error(0xbeef as ErrorCode, '')), 'unknown')
})

test('a lost connection is named by the error of its socket', t => {
  t.is(lossReason(broken('ECONNRESET')), 'connection reset')
  t.is(lossReason(broken('ETIMEDOUT')), 'connection timed out')
  t.is(lossReason(broken('ECONNABORTED')), 'connection aborted')
  t.is(lossReason(broken('EPIPE')), 'socket error')
  t.is(lossReason(broken()), 'socket error')
  t.is(lossReason(new Http2Error(ErrorCode.no_error, 'no answer to a keepalive PING')), 'connection timed out')
  t.is(lossReason(new Http2Error(ErrorCode.cancel, 'the server closed the connection')), 'unknown')
  t.is(lossReason(undefined), 'unknown')
})
