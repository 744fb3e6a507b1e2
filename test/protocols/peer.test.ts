import { PassThrough } from 'node:stream'
import test from 'ava'
import { peerOf } from '../../src/protocols/peer.js'

function addressOf(remoteAddress: string): string {
  return peerOf(Object.assign(new PassThrough(), { remoteAddress, remotePort: 4711 }), 'grpc').address
}

test('the address of a peer is the same whether the server listens on IPv4 or on both', t => {
  t.is(addressOf('10.1.2.3'), '10.1.2.3:4711')
  t.is(addressOf('::ffff:10.1.2.3'), '10.1.2.3:4711')
  t.is(addressOf('::FFFF:10.1.2.3'), '10.1.2.3:4711')
  t.is(addressOf('::1'), '[::1]:4711')
  t.is(addressOf('2001:db8::ffff:1'), '[2001:db8::ffff:1]:4711')
})
