import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Code } from '../core/code.js'
import { failure } from '../core/rpc-error.js'
import { awaitsFirstRequest } from '../protocols/first-request.js'
import { addressOf, identityOf } from '../protocols/peer.js'
import type { ServerBinding, ServerSettings } from '../protocols/protocol.js'
import type { ConnectionInspection } from './inspection.js'
import { PeerShare } from './peer-share.js'
import { StallWatch } from './stall-watch.js'

interface Connection {
  readonly socket: Socket
  /** The stream that its protocol reads: the socket, or TLS over it. */
  wire: Duplex
  readonly since: number
  /** Who the peer is, by its certificate; null if nobody is known. Read when it is first asked for. */
  identity?: string | null
}

/** What a connection speaks, and who serves it. */
interface Speaker {
  readonly protocol: { readonly name: string }
  readonly binding: Pick<ServerBinding, 'callsOn' | 'http2On'>
}

/** Milliseconds between two reports of refused connections. */
const reportInterval = 60_000

/**
 * Bounds the connections of a server, over all its listeners.
 *
 * A peer that opens connections and sends nothing would fill a server until the handshake limit ends them. So a full server closes the
 * oldest connection without a request, and refuses a new one only if all have made one. Each peer has a share of the connections.
 */
export class Admission {
  private readonly connections = new Map<Socket, Connection>()
  private readonly speakers = new WeakMap<Duplex, Speaker>()
  /** Connections that may have no request yet, the oldest first. The scan removes those that have one. */
  private readonly young = new Set<Connection>()
  readonly peers: PeerShare
  private readonly stalls: StallWatch
  private refused = 0
  /** Connections that were refused since the server started. */
  refusedInAll = 0
  /** The most connections that were open at once. */
  peak = 0
  private quietUntil = Number.NEGATIVE_INFINITY

  constructor(private readonly settings: Pick<ServerSettings, 'limits' | 'clock' | 'report'>) {
    this.peers = new PeerShare(settings.limits)
    this.stalls = new StallWatch(settings.clock, settings.limits)
  }

  /** @returns false if the connection was closed */
  admit(socket: Socket): boolean {
    const { limits } = this.settings
    const peer = this.peers.peerOf(socket.remoteAddress)
    if (this.peers.isSpent(peer)) {
      this.peers.refused++
      return this.refuse(socket, 'connectionsPerPeer', peer)
    }
    if (this.connections.size >= limits.connections && !this.closeOldestSilent())
      return this.refuse(socket, 'connections')
    const connection: Connection = { socket, wire: socket, since: this.settings.clock.now() }
    this.connections.set(socket, connection)
    if (this.connections.size > this.peak) this.peak = this.connections.size
    this.young.add(connection)
    this.peers.enter(peer)
    this.stalls.add(socket)
    socket.once('close', () => {
      this.forget(connection)
      this.stalls.remove(socket)
      this.peers.leave(peer)
    })
    return true
  }

  /** The handshake is over: requests arrive through `wire` from now on. */
  secured(socket: Socket, wire: Duplex): void {
    const connection = this.connections.get(socket)
    if (connection !== undefined) connection.wire = wire
  }

  /** A protocol serves the connection from now on. */
  speaks(wire: Duplex, speaker: Speaker): void {
    this.speakers.set(wire, speaker)
  }

  /** The open connections, the oldest first. @param most how many of them */
  inspect(most: number): ConnectionInspection[] {
    const shown: ConnectionInspection[] = []
    for (const connection of this.connections.values()) {
      const { socket, wire, since } = connection
      if (shown.length >= most) break
      const speaker = this.speakers.get(wire)
      const http2 = speaker?.binding.http2On?.(wire)
      shown.push({
        peer: addressOf(socket),
        protocol: speaker?.protocol.name,
        secure: wire !== socket,
        identity: nameOf(connection),
        calls: this.callsOn(wire),
        bytesRead: socket.bytesRead,
        bytesWritten: socket.bytesWritten,
        age: this.settings.clock.now() - since,
        ...(http2 === undefined ? {} : { http2 }),
      })
    }
    return shown
  }

  /** The most calls in flight on one connection. */
  get busiest(): number {
    let most = 0
    for (const { wire } of this.connections.values()) most = Math.max(most, this.callsOn(wire))
    return most
  }

  private callsOn(wire: Duplex): number {
    return this.speakers.get(wire)?.binding.callsOn?.(wire) ?? 0
  }

  private closeOldestSilent(): boolean {
    for (const connection of this.young) {
      this.young.delete(connection)
      if (!isSilent(connection.wire)) continue
      this.forget(connection)
      connection.socket.destroy()
      return true
    }
    return false
  }

  private forget(connection: Connection): void {
    this.connections.delete(connection.socket)
    this.young.delete(connection)
  }

  private refuse(socket: Socket, limit: 'connections' | 'connectionsPerPeer', peer?: string): false {
    socket.on('error', () => {})
    socket.destroy()
    this.refused++
    this.refusedInAll++
    const { clock, limits, report } = this.settings
    const now = clock.now()
    if (now < this.quietUntil) return false
    this.quietUntil = now + reportInterval
    const whose = peer === undefined ? '' : ` of ${peer}`
    const count =
      this.refused === 1 ? 'a connection' : `${this.refused} connections since the last report, the last one`
    this.refused = 0
    report(
      failure(
        'too_many_connections',
        Code.resource_exhausted,
        `refused ${count}${whose}: over limits.${limit} (${limits[limit]})`,
      ),
    )
    return false
  }
}

/** Whether no byte was read. A connection in its handshake has read nothing. */
function isSilent(wire: Duplex): boolean {
  return awaitsFirstRequest(wire) || (wire as Socket).bytesRead === 0
}

/** A connection without TLS, or whose handshake is not over, may be asked again. */
function nameOf(connection: Connection): string | undefined {
  const { socket, wire, identity } = connection
  if (identity !== undefined) return identity ?? undefined
  if (wire === socket) return undefined
  const found = identityOf(wire)
  connection.identity = found?.commonName ?? found?.subject ?? null
  return connection.identity ?? undefined
}
