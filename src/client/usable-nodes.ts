import type { ChannelNode } from './node.js'

/** If fewer than this share of the nodes that are up are not ejected, ejections are ignored. Source: Envoy, panic threshold. */
const panicShare = 0.5
/** If fewer than this share of a zone's nodes are up, calls go to all zones. */
const zoneShare = 0.5

/**
 * The nodes that may be picked:
 * 1. the lowest priority with a node that is up (a node is down while its dials fail, or while it reports that it does not serve);
 * 2. of those, the nodes that are not ejected, unless too many are: ejection is a guess, and if most nodes look bad it is a bad one;
 * 3. of those, the nodes in the client's zone, as long as at least half of its nodes are up.
 */
export function usableNodes(all: Iterable<ChannelNode>, now: number, zone: string | undefined): readonly ChannelNode[] {
  const nodes = [...all]
  const priorities = [...new Set(nodes.map(priorityOf))].sort((a, b) => a - b)
  for (const priority of priorities) {
    const level = nodes.filter(node => priorityOf(node) === priority)
    const up = level.filter(node => node.downUntil === 0 && !node.notServing)
    if (up.length === 0) continue
    const believed = up.filter(node => node.record.ejectedUntil <= now)
    const healthy = believed.length >= level.length * panicShare && believed.length > 0 ? believed : up
    return ownZone(healthy, level, zone)
  }
  return []
}

function ownZone(
  healthy: readonly ChannelNode[],
  level: readonly ChannelNode[],
  zone: string | undefined,
): readonly ChannelNode[] {
  if (zone === undefined) return healthy
  const inZone = healthy.filter(({ endpoint }) => endpoint.zone === zone)
  const all = level.filter(({ endpoint }) => endpoint.zone === zone)
  return inZone.length > 0 && inZone.length >= all.length * zoneShare ? inZone : healthy
}

function priorityOf({ endpoint }: ChannelNode): number {
  return endpoint.priority ?? 0
}
