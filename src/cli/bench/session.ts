import { withCall } from '../../client/proxy.js'
import { streamsOut } from '../../core/call.js'
import type { Duration } from '../../core/duration.js'
import type { ServiceSchema } from '../../schema/service.js'
import { clientsOf } from '../client.js'
import type { Typed } from '../command.js'
import { contractFor } from '../contract.js'
import { headersOf } from '../headers.js'
import { type Place, placeOf } from '../target.js'
import type { Send } from './load.js'
import { type Traffic, trafficOf } from './traffic.js'

/** What one thread needs to send calls. */
export interface Session {
  readonly place: Place
  readonly traffic: Traffic
  /** @param random from 0 up to but not including 1, for templates of requests */
  sender(random: () => number): Send
  close(): Promise<void>
}

/** Reads target, contract and requests of a command line. Nothing is dialled but for the contract. @throws CliError, RpcError */
export async function openSession(typed: Typed, connections: number): Promise<Session> {
  const [target = '', ...words] = typed.positionals
  const place = await placeOf(target, typed)
  const { services } = await contractFor(place, typed)
  const traffic = await trafficOf(words, services, typed)
  const clients = Array.from({ length: connections }, () => clientsOf(traffic.methods, place, { typed }))
  return {
    place,
    traffic,
    sender: random => senderOf(clients, traffic, typed, random),
    async close() {
      for (const services of clients) for (const client of services.values()) await client[Symbol.asyncDispose]()
    },
  }
}

type Operation = (...args: unknown[]) => unknown

/** Calls in turn by each connection. The latency of a stream lasts until its end. */
function senderOf(
  clients: readonly ReadonlyMap<ServiceSchema, object>[],
  traffic: Traffic,
  typed: Typed,
  random: () => number,
): Send {
  const headers = headersOf(typed)
  const timeout = (typed.valueOf('timeout') ?? '30s') as Duration
  return async (index, flight) => {
    const { found, arguments: argumentsFor } = traffic.at(index)
    const { service, method } = found
    flight.method = method.path.slice(1)
    const remote = withCall(clients[index % clients.length]?.get(service) as object, {
      headers,
      timeout,
      onEnd: call => {
        flight.endpoint = call.endpoint?.address
      },
    }) as Readonly<Record<string, Operation>>
    const reply = remote[method.key]?.(...argumentsFor(index, random))
    if (streamsOut(method)) for await (const _ of reply as AsyncIterable<unknown>) flight.first ??= performance.now()
    else await reply
  }
}
