import { PREFACE } from '../../http2/frames.js'
import type { Protocol } from '../protocol.js'
import { GrpcDialer } from './client.js'
import { GrpcServerBinding } from './server.js'

/** gRPC over HTTP/2. Source: grpc/doc/PROTOCOL-HTTP2.md. */
export const grpc: Protocol = {
  name: 'grpc',
  secureName: 'grpcs',
  defaultPort: 50051,
  secureDefaultPort: 443,
  defaultCodec: 'proto',
  refuses: () => undefined,
  detect: detectHttp2,
  serve: (router, settings) => new GrpcServerBinding(router, settings),
  bind: (services, settings) => new GrpcDialer(services, settings),
}

const preface = Buffer.from(PREFACE, 'latin1')

/** Every HTTP/2 connection begins with the same 24 bytes (RFC 9113, section 3.4). */
function detectHttp2(head: Uint8Array): boolean | undefined {
  const known = Math.min(preface.length, head.byteLength)
  if (Buffer.compare(preface.subarray(0, known), head.subarray(0, known)) !== 0) return false
  return known === preface.length ? true : undefined
}
