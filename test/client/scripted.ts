import type { ActiveCall, Dialer, Link, Protocol, Resolver } from '../../src/extend.js'
import type { ConnectOptions, Endpoint } from '../../src/index.js'
import { balanced, Code, connect, RpcError } from '../../src/index.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { Hello } from '../fixtures/hello.js'

/** A protocol whose endpoints do as the test says; it counts dials and calls by address. */
export class Scripted {
  /** @param prepare what is loaded before the first call */
  constructor(private readonly prepare?: () => Promise<void>) {}

  readonly dials: string[] = []
  readonly calls: string[] = []
  readonly links: Link[] = []
  /** Throws to fail the dial. */
  onDial: (address: string) => void = () => {}
  onCall: (address: string, call: ActiveCall) => unknown = () => undefined
  /** Addresses whose links have fallen by the time the channel gets them. */
  readonly fallen = new Set<string>()
  /** Links are there only once this has settled. */
  dialing: Promise<void> = Promise.resolve()
  /** What a dial loads after it has begun. */
  library: Promise<void> | undefined
  closed = 0

  readonly protocol: Protocol = {
    name: 'scripted',
    secureName: undefined,
    defaultPort: 1,
    defaultCodec: 'json',
    refuses: method => (method.name === 'Refused' ? 'it is refused' : undefined),
    detect: () => false,
    serve: () => {
      throw new Error('not for serving')
    },
    bind: (): Dialer => ({
      prepare: this.prepare,
      dial: async (endpoint, _signal, loads) => {
        if (this.library !== undefined) loads?.(this.library)
        await this.library?.catch(() => {})
        await this.dialing
        return this.dial(endpoint)
      },
    }),
  }

  private dial({ address }: Endpoint): Link {
    this.dials.push(address)
    this.onDial(address)
    const link = {
      open: !this.fallen.has(address),
      onClose: undefined,
      handle: async (call: ActiveCall) => {
        this.calls.push(address)
        return this.onCall(address, call)
      },
      close: async () => {
        this.closed++
      },
    }
    this.links.push(link)
    return link
  }
}

export function unavailable(message: string, delivery: 'unsent' | 'unknown' = 'unsent'): RpcError {
  return new RpcError(message, Code.unavailable, { delivery })
}

interface Settings extends ConnectOptions {
  readonly resolver?: Resolver
  readonly prepare?: () => Promise<void>
}

/** A remote whose endpoints, named with commas, do as the test says. */
export function connected(endpoints: string, { resolver, prepare, ...options }: Settings = {}) {
  const scripted = new Scripted(prepare)
  const clock = new VirtualClock()
  const hello = connect(
    Hello,
    { protocol: scripted.protocol, authority: endpoints, ...(resolver === undefined ? {} : { resolver }) },
    { clock, random: () => 0, policies: [balanced('round-robin')], report: () => {}, ...options },
  )
  return { scripted, clock, hello }
}
