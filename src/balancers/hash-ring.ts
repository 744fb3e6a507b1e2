import type { Node } from './balancer.js'
import { hashOf, rehash } from './key-hash.js'

/** Points of a node of mean weight. Few suffice, since each key is looked up in several places. */
const pointsPerNode = 8
/** Places where a key is looked up; the point that lies closest behind any of them has it. */
const probes = 6
/** A node has at most so many times the points of a node of mean weight. */
const heaviest = 100

/**
 * Nodes on a ring of 2^32 places, each at points that only its address and weight decide: keys move only from nodes that leave, and only to
 * nodes that come.
 *
 * Source: D. Karger et al., "Consistent Hashing and Random Trees", 1997, with the probes of B. Appleton, M. O'Reilly, "Multi-probe
 * consistent hashing", 2015, which spread keys as evenly as some hundred points a node would, in a tenth of the memory.
 */
export class HashRing {
  private positions = new Uint32Array(0)
  private owners: Node[] = []
  /** For each of 2^n equal arcs of the ring, the first point that does not lie before it. */
  private arcs = new Uint32Array(1)
  private shift = 31
  /** The weight of one point. It changes only if the mean weight changes by a factor of 4, so that nodes do not move each other's keys. */
  private grain = 0

  get size(): number {
    return this.owners.length
  }

  update(nodes: readonly Node[]): void {
    this.setGrain(nodes)
    const points: number[] = []
    nodes.forEach((node, at) => {
      const hash = hashOf(node.endpoint.address)
      for (let n = this.pointsOf(node); n > 0; n--) points.push(rehash(hash, n) * 2 ** 20 + at)
    })
    const sorted = Float64Array.from(points).sort()
    this.positions = Uint32Array.from(sorted, point => Math.floor(point / 2 ** 20))
    this.owners = Array.from(sorted, point => nodes[point % 2 ** 20] as Node)
    this.index()
  }

  /** Index of the point that has this key. The ring must not be empty. */
  locate(key: string): number {
    const hash = hashOf(key)
    let best = 0
    let nearest = Number.POSITIVE_INFINITY
    for (let n = 1; n <= probes; n++) {
      const place = rehash(hash, n)
      const point = this.indexFrom(place)
      const distance = ((this.positions[point] as number) - place) >>> 0
      if (distance < nearest) {
        nearest = distance
        best = point
      }
    }
    return best
  }

  /** The node of a point; points count on around the end. */
  ownerOf(point: number): Node {
    return this.owners[point % this.owners.length] as Node
  }

  /** The first point at or behind a place. */
  private indexFrom(place: number): number {
    let point = this.arcs[place >>> this.shift] as number
    while (point < this.positions.length && (this.positions[point] as number) < place) point++
    return point === this.positions.length ? 0 : point
  }

  private setGrain(nodes: readonly Node[]): void {
    if (nodes.length === 0) return
    const mean = nodes.reduce((sum, node) => sum + node.weight, 0) / nodes.length
    const ratio = mean / pointsPerNode / this.grain
    if (!(ratio > 1 / 4 && ratio < 4)) this.grain = mean / pointsPerNode
  }

  private pointsOf(node: Node): number {
    return Math.min(Math.max(1, Math.round(node.weight / this.grain)), pointsPerNode * heaviest)
  }

  private index(): void {
    const bits = Math.max(1, Math.ceil(Math.log2(this.positions.length + 1)))
    this.shift = 32 - bits
    this.arcs = new Uint32Array(2 ** bits)
    let point = 0
    for (let arc = 0; arc < this.arcs.length; arc++) {
      const begin = arc * 2 ** this.shift
      while (point < this.positions.length && (this.positions[point] as number) < begin) point++
      this.arcs[arc] = point
    }
  }
}
