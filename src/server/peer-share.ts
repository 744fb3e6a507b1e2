import { isIPv6 } from 'node:net'
import type { Limits } from '../core/limits.js'

/** A peer may have this fraction (1/n) of all connections by default. */
const share = 10

/** Counts the connections of each peer address. */
export class PeerShare {
  private readonly counts = new Map<string, number>()
  /** The most connections of one peer. */
  readonly most: number
  /** The most connections that one peer has had at once. */
  peak = 0
  /** Connections that were refused because their peer had as many as it may have. */
  refused = 0
  private readonly exemptsLoopback: boolean

  constructor({ connections, connectionsPerPeer }: Pick<Limits, 'connections' | 'connectionsPerPeer'>) {
    this.exemptsLoopback = connectionsPerPeer === 'auto'
    this.most = connectionsPerPeer === 'auto' ? Math.ceil(connections / share) : connectionsPerPeer
  }

  /** @returns undefined for a peer without a bound: a Unix socket, or loopback by default */
  peerOf(address: string | undefined): string | undefined {
    if (address === undefined) return undefined
    const peer = peerKey(address)
    return this.exemptsLoopback && isLoopback(peer) ? undefined : peer
  }

  isSpent(peer: string | undefined): boolean {
    return peer !== undefined && (this.counts.get(peer) ?? 0) >= this.most
  }

  enter(peer: string | undefined): void {
    if (peer === undefined) return
    const count = (this.counts.get(peer) ?? 0) + 1
    this.counts.set(peer, count)
    this.peak = Math.max(this.peak, count)
  }

  /** Connections of the peer that has most of them. */
  get busiest(): number {
    let most = 0
    for (const count of this.counts.values()) most = Math.max(most, count)
    return most
  }

  leave(peer: string | undefined): void {
    if (peer === undefined) return
    const left = (this.counts.get(peer) ?? 0) - 1
    if (left > 0) this.counts.set(peer, left)
    else this.counts.delete(peer)
  }
}

/** One peer: an IPv4 address, written as such or within IPv6, or the /64 network of an IPv6 host. */
export function peerKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = (address.split('%', 1)[0] as string).toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  const groups = [...before, ...zeros, ...after]
  // ::/64 does not belong to one host: loopback is in it.
  if (groups.slice(0, 4).every(group => Number.parseInt(group, 16) === 0)) return address.toLowerCase()
  return `${groups.slice(0, 4).join(':')}::/64`
}

function isLoopback(peer: string): boolean {
  return peer === '::1' || peer.startsWith('127.')
}
