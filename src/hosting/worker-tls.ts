import { nodeTlsOptions, noSecureListener, renewedTls, type ServerTls } from '../server/server-tls.js'
import type { TlsMessage } from './worker-messages.js'

/** What `setTls` has made of the TLS of each listener, in the order of the addresses. Later workers start with it. */
export class WorkerTls {
  private readonly messages = new Map<string, TlsMessage>()

  /** @param started what each listener started with; undefined for one without TLS */
  constructor(private readonly started: readonly (ServerTls | undefined)[]) {}

  /**
   * Returns what to tell the workers.
   * @param addresses those of the listeners
   * @param address the listener to renew; default: every one with TLS
   * @throws RpcError `failed_precondition` (`invalid_tls`); nothing has changed then
   */
  renew(given: ServerTls, addresses: readonly string[], address?: string): readonly TlsMessage[] {
    const messages = addresses.flatMap((at, index) => {
      const current = this.messages.get(at)?.tls ?? this.started[index]
      if (current === undefined || (address !== undefined && address !== at)) return []
      return [{ polywire: 'tls', tls: textsOf(renewedTls(current, given)), address: at } as const]
    })
    if (messages.length === 0) throw noSecureListener(address)
    for (const { tls } of messages) nodeTlsOptions(tls)
    for (const message of messages) this.messages.set(message.address, message)
    return messages
  }

  /** What to tell a worker that has just started, whatever the files contain by then. */
  renewed(): Iterable<TlsMessage> {
    return this.messages.values()
  }
}

/** Messages between processes are JSON, which has no bytes. */
function textsOf({ ca, cert, key, ...rest }: ServerTls): ServerTls {
  const authorities = ca === undefined ? {} : { ca: [ca].flat().map(String) }
  return { ...rest, ...authorities, cert: String(cert), key: String(key) }
}
