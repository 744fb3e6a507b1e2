import type { EndpointInspection } from '../client/inspection.js'
import type { CallHistory } from '../telemetry/call-history.js'
import { type Circuit, circuitsOf } from './circuits.js'
import { policyState } from './policy-state.js'
import { nameOf, type Scene, type SeenChannel } from './scene.js'
import { shellView } from './shell-view.js'
import type { ChannelView, ClientsView, EndpointView } from './views.js'

export function clientsView(scene: Scene): ClientsView {
  return { ...shellView(scene), channels: scene.channels.map(seen => channelView(scene.calls, seen)) }
}

function channelView(calls: CallHistory, { channel, clients }: SeenChannel): ChannelView {
  const { target, resolved, balancers, endpoints, methods } = channel.inspect()
  const services = clients.map(({ schema }) => schema.name)
  return {
    services,
    protocol: channel.settings.protocol,
    target,
    resolved,
    zone: channel.settings.zone ?? null,
    subset: channel.settings.subset?.size ?? null,
    balancers,
    facts: Object.entries(methods).flatMap(([path, states]) =>
      Object.keys(states)
        .filter(policy => policy !== 'circuitBreaker')
        .map(
          policy => [`${policy} of ${path.slice(path.lastIndexOf('/') + 1)}`, policyState(policy, states).now] as const,
        ),
    ),
    opened: calls.openedIn(services),
    ejected: calls.ejectedFrom(channel.settings.uri),
    otherPicks: otherPicksOf(calls, services),
    endpoints: endpoints.map(endpoint => ({
      ...endpointView(endpoint),
      ...picksOf(calls, services, endpoint.address),
      circuits: Object.entries(methods).flatMap(([path, states]) =>
        circuitsOf(states)
          .filter(([address]) => address === endpoint.address)
          .map(([, circuit]) => ({ method: nameOf({ path }), state: circuit.state, why: whyOfCircuit(circuit) })),
      ),
    })),
  }
}

function endpointView(
  endpoint: EndpointInspection,
): Omit<EndpointView, 'circuits' | 'failed' | 'p50' | 'picks' | 'turnedAway'> {
  const { address, zone, weight, priority, state, usable, inFlight } = endpoint
  return { address, zone: zone ?? null, weight, priority, state, usable, inFlight, why: whyOf(endpoint) }
}

function whyOf({ returnsIn, failuresInARow, lastError }: EndpointInspection): string {
  const parts = []
  if (returnsIn > 0) parts.push(`back in ${(returnsIn / 1000).toFixed(1)} s`)
  if (failuresInARow > 0) parts.push(`${failuresInARow} failure${failuresInARow === 1 ? '' : 's'} in a row`)
  if (lastError !== undefined) parts.push(lastError.slice(0, 200))
  return parts.join('; ')
}

function whyOfCircuit({ state, calls = 0, failures = 0, reopensIn = 0 }: Circuit): string {
  if (reopensIn > 0) return `trials in ${(reopensIn / 1000).toFixed(1)} s`
  if (state === 'open') return 'the next call is a trial'
  return calls === 0 ? '' : `${failures} of ${calls} calls failed`
}

function otherPicksOf(calls: CallHistory, services: readonly string[]): readonly number[] | null {
  const picks = addUp(services.map(service => calls.otherPicksOf(service).calls))
  return picks.some(count => count > 0) ? picks : null
}

/** The sums of each second. */
function addUp(all: readonly (readonly number[])[]): number[] {
  return (all[0] ?? []).map((_, at) => all.reduce((sum, one) => sum + (one[at] ?? 0), 0))
}

function picksOf(calls: CallHistory, services: readonly string[], address: string) {
  const all = services.map(service => calls.picksOf(service, address))
  const picks = addUp(all.map(one => one.calls))
  const count = (of: 'failed' | 'unhealthy') => addUp(all.map(one => one[of])).reduce((sum, one) => sum + one, 0)
  const turnedAway = count('unhealthy')
  return {
    picks,
    turnedAway,
    failed: count('failed') - turnedAway,
    p50: all.find(({ p50 }) => p50 !== null)?.p50 ?? null,
  }
}
