import type { Endpoint } from '../core/endpoint.js'
import type { Node } from './balancer.js'

/** Whether the call has been to this node. Few endpoints are ever tried in one call, so a scan is the fastest way. */
export function wasTried(node: Node, tried: readonly Endpoint[] | undefined): boolean {
  if (tried === undefined) return false
  const { address } = node.endpoint
  for (const endpoint of tried) if (endpoint.address === address) return true
  return false
}

/**
 * The index of the first node from `start` on, around the end, that the call has not been to; -1 when there is none. Looks at no more than
 * `tried.length + 1` nodes, since each endpoint is there once.
 */
export function nextUntried(nodes: readonly Node[], start: number, tried: readonly Endpoint[] | undefined): number {
  for (let step = 0; step < nodes.length; step++) {
    const at = (start + step) % nodes.length
    if (!wasTried(nodes[at] as Node, tried)) return at
  }
  return -1
}
