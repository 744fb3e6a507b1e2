import type { Clock } from '../../../core/clock.js'

/** Milliseconds after a failure in which an endpoint is not asked for HTTP/2 again. */
const failureLasts = 600_000

/** Milliseconds that an offer lasts if it does not say. Source: RFC 7838, section 3.1. */
const offerLasts = 86_400_000

/** The endpoints that are remembered: those of a large cluster. */
const mostEndpoints = 1000

/** An offer of HTTP/2 without TLS. */
export interface Http2Offer {
  readonly port: number
  /** Milliseconds. */
  readonly lasts: number
}

/**
 * Reads the offer of HTTP/2 on the same host, `h2c=":8080"; ma=3600`, from an Alt-Svc header. Source: RFC 7838, section 3.
 * @returns undefined if there is none
 */
export function http2OfferOf(altSvc: string): Http2Offer | undefined {
  for (const service of altSvc.split(',')) {
    const [authority = '', ...parameters] = service.split(';').map(part => part.trim())
    const port = /^h2c=":(\d{1,5})"$/.exec(authority)?.[1]
    if (port === undefined) continue
    const age = parameters.map(one => /^ma="?(\d{1,9})"?$/.exec(one)?.[1]).find(one => one !== undefined)
    return { port: Number(port), lasts: age === undefined ? offerLasts : Number(age) * 1000 }
  }
  return undefined
}

interface Known {
  readonly speaksHttp2: boolean
  /** By the clock. */
  readonly until: number
}

/** Which endpoints of a channel speak HTTP/2 without TLS. */
export class Alternatives {
  private readonly known = new Map<string, Known>()

  constructor(private readonly clock: Clock) {}

  /** Whether the endpoint speaks HTTP/2; undefined if that is not known. */
  speaksHttp2(address: string): boolean | undefined {
    const known = this.known.get(address)
    return known !== undefined && this.clock.now() < known.until ? known.speaksHttp2 : undefined
  }

  /** @param lasts milliseconds */
  succeeded(address: string, lasts: number): void {
    this.set(address, true, lasts)
  }

  failed(address: string): void {
    this.set(address, false, failureLasts)
  }

  private set(address: string, speaksHttp2: boolean, lasts: number): void {
    const { known } = this
    known.delete(address)
    if (known.size === mostEndpoints) known.delete(known.keys().next().value as string)
    known.set(address, { speaksHttp2, until: this.clock.now() + lasts })
  }
}
