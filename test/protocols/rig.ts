import type { Socket } from 'node:net'
import type { ExecutionContext } from 'ava'
import type { Class } from '../../src/extend.js'
import {
  type ConnectOptions,
  connect,
  disconnect,
  type ServeOptions,
  type Server,
  serve,
  type TargetObject,
} from '../../src/index.js'
import type { Wire } from '../matrix/wires.js'
import { openSocket } from '../support/raw-clients.js'
import { Relay } from '../support/relay.js'

export interface RigOptions {
  readonly server?: ServeOptions
  readonly client?: ConnectOptions
  /** Puts a relay between the two, where the wire has bytes. */
  readonly isRelayed?: boolean
}

/** A server and a client of one service over one wire. All of it closes with the test. */
export interface Rig<T extends object, S extends T = T> {
  readonly wire: Wire
  readonly service: S
  readonly server: Server
  readonly remote: T
  readonly relay: Relay | undefined
  /** What `serve` was to report. */
  readonly reported: unknown[]
  /** Another client, of the server, or of the relay before it, unless the target says otherwise. */
  connect<C extends object>(contract: Class<C>, options?: ConnectOptions, target?: Partial<TargetObject>): C
  /** A connection of bytes to the server. */
  socket(): Promise<Socket>
  /** Breaks the connections. */
  cut(): void
}

let names = 0

export async function rig<T extends object, S extends T>(
  t: ExecutionContext,
  wire: Wire,
  { contract, service, ...options }: RigOptions & { readonly contract: Class<T>; readonly service: S },
): Promise<Rig<T, S>> {
  const memory = `rig-${++names}`
  const reported: unknown[] = []
  const server = await serve([service], {
    ...(options.server?.path === undefined && { host: '127.0.0.1' }),
    memory,
    report: error => reported.push(error),
    ...options.server,
    limits: { drainTimeout: 10, ...options.server?.limits },
  })
  const { protocol, codec } = wire
  const isMemory = protocol === 'memory'
  const relay = options.isRelayed && !isMemory ? await Relay.before(server.port) : undefined
  const remotes: object[] = []
  const here = isMemory ? memory : (relay?.address ?? server.address)
  const reach: Rig<T>['connect'] = (other, more = options.client, target = {}) => {
    const remote = connect(other, { protocol, codec, options: wire.options, endpoints: [here], ...target }, more)
    remotes.push(remote)
    return remote
  }
  t.teardown(async () => {
    relay?.close()
    await Promise.all(remotes.map(remote => disconnect(remote)))
    await server.close()
  })
  return {
    wire,
    service,
    server,
    relay,
    reported,
    remote: reach(contract),
    connect: reach,
    socket: () => openSocket(server.port),
    cut: () => (relay === undefined ? void server.close() : relay.cut()),
  }
}
