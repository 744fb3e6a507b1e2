import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { placeOf } from '../protocols/open-socket.js'

/** Whether a server answers a TLS handshake, whoever it is. */
export function speaksTls(address: string): Promise<boolean> {
  return new Promise(resolve => {
    const end = (answer: boolean) => {
      socket.destroy()
      raw.destroy()
      resolve(answer)
    }
    const raw = connect(placeOf(address, 443))
    const socket = connectTls({ socket: raw, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] }, () =>
      end(true),
    )
    raw.setTimeout(patience, () => end(false))
    raw.once('error', () => end(false))
    // A server that demands a client certificate has spoken TLS all the same.
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => end(/^ERR_SSL_TLS/.test(code)))
    socket.once('close', () => end(false))
  })
}

const patience = 2000
