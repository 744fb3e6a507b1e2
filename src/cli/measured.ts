import type { Socket } from 'node:net'
import type { ConnectOptions } from '../client/connect.js'
import type { Call } from '../core/call.js'
import type { CallObservation, CallObserver, MessageDirection } from '../core/call-observer.js'
import { builtInProtocols } from '../protocols/built-in.js'
import type { Dialer, Protocol } from '../protocols/protocol.js'
import { watchSockets } from './watched-sockets.js'

/** Receives the address that was dialled, and its socket if there is a connection. */
export type Dialled = (address: string, socket: Socket | undefined) => void

/** Watches the one call of a client: its headers, the bytes of its messages and the time of its dial. */
export class Measured implements CallObserver {
  /** Undefined until it begins. */
  call: Call | undefined
  /** Milliseconds that connecting took; undefined until there is a connection. */
  dialMs: number | undefined
  /** Monotonic milliseconds when there was a connection. */
  dialledAt: number | undefined
  /** Bytes of the messages as the codec wrote and read them, uncompressed. */
  readonly bytes: Record<MessageDirection, number> = { sent: 0, received: 0 }

  private socket: Socket | undefined

  /** @param dialled is called once, when the first attempt to connect ends */
  constructor(private dialled?: Dialled) {}

  /** What the client is given. */
  get options() {
    const watched = watchSockets(builtInProtocols, socket => {
      this.socket = socket
    })
    return { observers: [this], protocols: watched.map(protocol => this.timed(protocol)) } satisfies ConnectOptions
  }

  callBegan(call: Call): CallObservation {
    this.call = call
    return {
      message: (direction, bytes) => {
        this.bytes[direction] += bytes
      },
      ended() {},
    }
  }

  private timed(protocol: Protocol): Protocol {
    return { ...protocol, bind: (services, settings) => this.timedDialer(protocol.bind(services, settings)) }
  }

  private timedDialer(dialer: Dialer): Dialer {
    const dial: Dialer['dial'] = async (...how) => {
      const began = performance.now()
      try {
        const link = await dialer.dial(...how)
        this.dialledAt ??= performance.now()
        this.dialMs ??= this.dialledAt - began
        return link
      } finally {
        this.dialled?.(how[0].address, this.socket)
        this.dialled = undefined
      }
    }
    return Object.create(dialer, { dial: { value: dial } }) as Dialer
  }
}
