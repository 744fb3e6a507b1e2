import type { ExecutionContext } from 'ava'
import type { Clock } from '../../src/core/clock.js'
import type { Class } from '../../src/extend.js'
import { connect, disconnect, type LimitOptions, type Server, serve } from '../../src/index.js'
import { Failing, FailingService } from '../matrix/failing.js'
import type { Wire } from '../matrix/wires.js'
import { CutProxy } from '../support/relay.js'

export interface Settings {
  readonly server?: LimitOptions
  readonly client?: LimitOptions
  /** Without the proxy, which takes connections that the server would refuse. */
  readonly isDirect?: boolean
  /** Of the client. */
  readonly clock?: () => Clock
}

/** A server and its caller over one wire, with a proxy between them where the wire has bytes. */
export interface FailureRig {
  readonly wire: Wire
  readonly service: FailingService
  readonly server: Server
  readonly proxy: CutProxy | undefined
  readonly remote: Failing
  readonly connect: <T extends object>(contract: Class<T>) => T
  readonly connectTo: (address: string) => Failing
  /** Breaks the connection. */
  readonly cut: () => void
}

let names = 0

export async function failureRig(t: ExecutionContext, wire: Wire, settings: Settings = {}): Promise<FailureRig> {
  const service = new FailingService()
  const memory = `failing-${++names}`
  const options = { host: '127.0.0.1', memory, report: () => {}, limits: { drainTimeout: 10, ...settings.server } }
  const server = await serve([service], options)
  const isMemory = wire.protocol === 'memory'
  const proxy = isMemory || settings.isDirect ? undefined : await CutProxy.before(server.port as number)
  const remotes: object[] = []
  const reach = <T extends object>(contract: Class<T>, address: string): T => {
    const target = { protocol: wire.protocol, codec: wire.codec, options: wire.options, endpoints: [address] }
    const clock = settings.clock?.()
    const remote = connect(contract, target, { limits: settings.client ?? {}, ...(clock !== undefined && { clock }) })
    remotes.push(remote)
    return remote
  }
  t.teardown(async () => {
    proxy?.close()
    await Promise.all(remotes.map(remote => disconnect(remote)))
    await server.close()
  })
  const address = isMemory ? memory : (proxy?.address ?? server.address)
  return {
    wire,
    service,
    server,
    proxy,
    remote: reach(Failing, address),
    connect: contract => reach(contract, address),
    connectTo: other => reach(Failing, other),
    cut: () => (proxy === undefined ? void server.close() : proxy.cut()),
  }
}
