import { adaptive } from './adaptive.js'
import type { BalancerFactory } from './balancer.js'
import { consistentHash } from './consistent-hash.js'
import { leastConnections } from './least-connections.js'
import { random } from './random.js'
import { roundRobin } from './round-robin.js'
import { weightedRoundRobin } from './weighted-round-robin.js'

/** The built-in balancers by name, as in `@Balanced('round-robin')`. */
export const builtInBalancers: ReadonlyMap<string, BalancerFactory> = /* @__PURE__ */ new Map<string, BalancerFactory>([
  ['adaptive', adaptive],
  ['consistent-hash', consistentHash()],
  ['least-connections', leastConnections],
  ['random', random],
  ['round-robin', roundRobin],
  ['weighted-round-robin', weightedRoundRobin()],
])

/** The balancer of a method that names none. */
export const defaultBalancer = 'adaptive'
