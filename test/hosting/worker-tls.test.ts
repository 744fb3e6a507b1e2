import test from 'ava'
import { WorkerTls } from '../../src/hosting/worker-tls.js'
import { authority, server as certificate, renewed } from '../fixtures/certificates.js'

const mutual = { ...certificate, ca: authority, clientCertificate: 'required' } as const
const addresses = ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3']

test('a renewed certificate leaves the rest of what each listener demands, in later workers too', t => {
  const tls = new WorkerTls([mutual, undefined, certificate])
  t.deepEqual([...tls.renewed()], [])
  const messages = tls.renew(renewed, addresses)
  t.deepEqual(
    messages.map(({ address, tls }) => [address, tls.cert, tls.clientCertificate]),
    [
      ['127.0.0.1:1', String(renewed.cert), 'required'],
      ['127.0.0.1:3', String(renewed.cert), undefined],
    ],
  )
  tls.renew({ ...certificate, minVersion: '1.3' }, addresses, '127.0.0.1:1')
  t.deepEqual(
    [...tls.renewed()].map(({ address, tls }) => [address, tls.cert, tls.clientCertificate, tls.minVersion]),
    [
      ['127.0.0.1:1', String(certificate.cert), 'required', '1.3'],
      ['127.0.0.1:3', String(renewed.cert), undefined, undefined],
    ],
  )
})

test('what cannot be used changes no listener', t => {
  const tls = new WorkerTls([certificate, mutual])
  t.throws(() => tls.renew({ cert: renewed.cert, key: certificate.key }, addresses), { message: /another certificate/ })
  t.throws(() => tls.renew({ ...renewed, clientCertificate: 'required' }, addresses), { message: /needs ca/ })
  t.throws(() => tls.renew(renewed, addresses, '127.0.0.1:3'), { message: /no listener with TLS at 127.0.0.1:3/ })
  t.deepEqual([...tls.renewed()], [])
})
