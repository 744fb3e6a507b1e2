import type { ActiveCall } from '../../../core/active-call.js'
import type { ExchangePool } from '../../http1/client/connection-pool.js'
import type { HttpLink } from '../../http1/client/link.js'
import type { Link, LiveConnection } from '../../protocol.js'
import { type Http2Offer, http2OfferOf } from './alternatives.js'

/** Opens HTTP/2 to the same endpoint. Resolves with undefined if the server does not speak it there after all, or did not before. */
export type Upgrade = (offer: Http2Offer, signal: AbortSignal) => Promise<(Link & ExchangePool) | undefined>

/**
 * An endpoint that is called over HTTP/1.1 until its server has offered HTTP/2 on the same port (Alt-Svc, RFC 7838), and over HTTP/2 from
 * the moment that such a connection stands. Calls on their way end where they began. The next call after the offer begins the change, so
 * that a client of one call opens one connection.
 *
 * An offer of another port is not taken: without TLS nothing shows that the service there is the same (RFC 7838, section 2.1), and behind
 * a mapping of ports it often is not.
 */
export class UpgradingLink implements Link {
  onClose: Link['onClose'] = undefined
  private current: Link
  private offer: Http2Offer | undefined = undefined
  private upgrading: Promise<void> | undefined = undefined
  private readonly abort = new AbortController()

  /** @param port of the endpoint */
  constructor(
    private readonly first: HttpLink,
    port: number,
    private readonly upgrade: Upgrade,
  ) {
    this.current = first
    first.onClose = error => this.lost(error)
    first.onOffer = altSvc => {
      if (this.upgrading !== undefined) return
      const offer = http2OfferOf(altSvc)
      if (offer?.port === port) this.offer = offer
    }
  }

  get open(): boolean {
    return this.current.open
  }

  readonly handle = (call: ActiveCall): Promise<unknown> => {
    if (this.offer !== undefined) {
      this.upgrading = this.take(this.offer)
      this.offer = undefined
    }
    return this.current.handle(call)
  }

  liveConnections(): readonly LiveConnection[] {
    return this.current.liveConnections?.() ?? []
  }

  async close(): Promise<void> {
    this.onClose = undefined
    this.abort.abort()
    await Promise.all([this.first.close(), this.current.close(), this.upgrading])
  }

  /** Never rejects: without HTTP/2 calls go on as before. */
  private async take(offer: Http2Offer): Promise<void> {
    const { first, abort } = this
    const link = await this.upgrade(offer, abort.signal).catch(() => undefined)
    // A draining server may say so with its first bytes, before `onClose` is set.
    if (link === undefined || !first.open || !link.open) {
      await link?.close()
      // The next connection that HTTP/1.1 opens brings another offer.
      this.upgrading = undefined
      return
    }
    link.onClose = (error, reason) => this.lost(error, reason)
    this.current = link
    void first.handOver(link)
  }

  private lost(error: unknown, reason?: string): void {
    this.abort.abort()
    this.onClose?.(error, reason)
  }
}
