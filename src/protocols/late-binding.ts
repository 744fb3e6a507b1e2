import type { Duplex } from 'node:stream'
import type { Codec } from '../codecs/codec.js'
import type { Http2Inspection } from '../core/inspection.js'
import type { BindingState, LiveConnection, ServerBinding, ServerSettings } from './protocol.js'

/**
 * A binding that is loaded with the first connection that speaks its protocol. What it would refuse at `serve` has been checked by then.
 *
 * Connections that arrive while it is loading wait for it. They are not read meanwhile.
 */
export class LateBinding implements ServerBinding {
  private binding: ServerBinding | undefined
  private loading: Promise<ServerBinding> | undefined
  private readonly waiting = new Set<Duplex>()
  private isDestroyed = false

  /** @param load loads the code and makes the binding */
  constructor(
    private readonly load: () => Promise<ServerBinding>,
    private readonly settings: Pick<ServerSettings, 'report'>,
  ) {}

  accept(socket: Duplex, head: Uint8Array, speaksHttp2?: boolean): void {
    if (this.binding === undefined) void this.acceptLater(socket, head, speaksHttp2)
    else this.binding.accept(socket, head, speaksHttp2)
  }

  async prepare(): Promise<void> {
    await this.loaded()
  }

  warmUp(codecs: readonly Codec[]): Iterable<void> {
    return this.binding?.warmUp?.(codecs) ?? []
  }

  async drain(): Promise<void> {
    const hasWaiting = this.waiting.size > 0
    // What fails to load has no connections.
    const binding = await this.loading?.catch(() => undefined)
    // The requests that have come with them are read in this turn, and answered as calls.
    if (hasWaiting) await new Promise(setImmediate)
    await binding?.drain()
  }

  destroy(): void {
    this.isDestroyed = true
    for (const socket of this.waiting) socket.destroy()
    this.binding?.destroy()
  }

  inspect(): BindingState {
    return this.binding?.inspect?.() ?? { connections: this.waiting.size, calls: 0 }
  }

  callsOn(socket: Duplex): number {
    return this.binding?.callsOn?.(socket) ?? 0
  }

  http2On(socket: Duplex): Http2Inspection | undefined {
    return this.binding?.http2On?.(socket)
  }

  liveConnections(): readonly LiveConnection[] {
    return this.binding?.liveConnections?.() ?? []
  }

  private async acceptLater(socket: Duplex, head: Uint8Array, speaksHttp2?: boolean): Promise<void> {
    const fail = () => socket.destroy()
    // Without a listener an error of the socket would end the process.
    socket.on('error', fail)
    this.waiting.add(socket)
    try {
      const binding = await this.loaded()
      if (socket.destroyed) return
      socket.off('error', fail)
      binding.accept(socket, head, speaksHttp2)
    } catch (error) {
      socket.destroy()
      this.settings.report(error)
    } finally {
      this.waiting.delete(socket)
    }
  }

  private loaded(): Promise<ServerBinding> {
    this.loading ??= this.load().then(
      binding => {
        this.binding = binding
        if (this.isDestroyed) binding.destroy()
        return binding
      },
      (error: unknown) => {
        this.loading = undefined
        throw error
      },
    )
    return this.loading
  }
}
