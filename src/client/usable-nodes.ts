import type { ChannelNode } from './node.js'

/** Below this share of nodes that are neither down nor ejected, ejections are no longer believed. Source: Envoy, panic threshold. */
const panicShare = 0.5
/** Below this share of a zone's nodes that are up, the zone has lost its capacity, and calls go to all zones. */
const zoneShare = 0.5

/**
 * The nodes that may be picked, by rules that come one after the other:
 * 1. the best priority that has any node that is up (a node is down while its dials fail, or while it says itself that it does not serve);
 * 2. of those, what is not ejected, unless too many are: ejection is a guess, and when most nodes look bad it is a bad guess;
 * 3. of those, the caller's own zone while at least half of it is up.
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
