import type { Socket } from 'node:net'
import { isIPv4, isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Address, Security } from '../contracts/grpc/channelz/v1/channelz.js'

/** The address of this side, and of the other one. Unix sockets and in-memory pairs have neither. */
export function addressesOf(socket: Duplex): { readonly local: Address; readonly remote: Address } {
  const { localAddress, localPort, remoteAddress, remotePort } = socket as Partial<Socket>
  return { local: tcpAddress(localAddress, localPort), remote: tcpAddress(remoteAddress, remotePort) }
}

/** @param text `127.0.0.1:50051`, `[::1]:50051` or `unix:/path` */
export function addressOf(text: string): Address {
  if (text.startsWith('unix:')) return { address: { case: 'uds_address', value: { filename: text.slice(5) } } }
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(text) ?? []
  return tcpAddress(host, Number(port), text)
}

function tcpAddress(host: string | undefined, port: number | undefined, name = 'local'): Address {
  const ipAddress = host === undefined ? undefined : bytesOf(host)
  if (ipAddress === undefined) return { address: { case: 'other_address', value: { name } } }
  return { address: { case: 'tcpip_address', value: { ipAddress, port: port ?? -1 } } }
}

/** 4 or 16 bytes; undefined if it is not an IP address. */
function bytesOf(host: string): Uint8Array | undefined {
  const plain = host.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (isIPv4(plain)) return Uint8Array.from(plain.split('.'), Number)
  if (!isIPv6(plain)) return undefined
  // The URL parser writes a last part with dots in hexadecimal.
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16)))
  const before = groups(head)
  const after = groups(tail ?? '')
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
  return Uint8Array.from(all.flatMap(group => [group >> 8, group & 255]))
}

/** The security of a connection with TLS; undefined without. */
export function securityOf(socket: Duplex): Security | undefined {
  const tls = socket as Partial<TLSSocket>
  if (tls.encrypted !== true) return undefined
  const { standardName, name } = (socket as TLSSocket).getCipher()
  return {
    model: {
      case: 'tls',
      value: {
        cipherSuite: { case: 'standard_name', value: standardName ?? name },
        localCertificate: tls.getX509Certificate?.()?.raw ?? noBytes,
        remoteCertificate: tls.getPeerX509Certificate?.()?.raw ?? noBytes,
      },
    },
  }
}

const noBytes = new Uint8Array()
