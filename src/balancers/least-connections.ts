import type { Call } from '../core/call.js'
import type { Endpoint } from '../core/endpoint.js'
import type { Balancer, BalancerContext, Node, Random } from './balancer.js'
import { type HeapItem, IndexedHeap } from './indexed-heap.js'
import { wasTried } from './untried.js'

/**
 * The node with the fewest calls in flight divided by its weight, and a random one of several. So idle nodes share calls evenly, whatever
 * their weights.
 *
 * Nodes of equal load form a group, and the groups a heap, so that no pick looks at every node: a pick costs O(1), the start and the end of
 * an attempt O(log g) for g different loads. There are few of them unless all weights differ.
 */
export function leastConnections({ random }: BalancerContext): Balancer {
  return new LeastConnections(random)
}

class LeastConnections implements Balancer {
  private members = new Map<Node, Member>()
  private readonly groups = new Map<number, Group>()
  private readonly heap = new IndexedHeap<Group>()

  constructor(private readonly random: Random) {}

  update(nodes: readonly Node[]): void {
    this.members = new Map()
    this.groups.clear()
    this.heap.clear()
    for (const node of nodes) {
      const member: Member = { node, group: this.groupOf(node), place: 0 }
      this.join(member)
      this.members.set(node, member)
    }
  }

  pick(call: Call): Node | undefined {
    let passed: Group[] | undefined
    let node: Node | undefined
    for (let group = this.heap.top; group !== undefined; group = this.heap.top) {
      node = this.choose(group, call.tried)
      if (node !== undefined) break
      passed ??= []
      passed.push(group)
      this.heap.remove(group)
    }
    if (passed !== undefined) for (const group of passed) this.heap.push(group)
    return node
  }

  started(node: Node): void {
    this.move(node)
  }

  done(node: Node): void {
    this.move(node)
  }

  private choose(group: Group, tried: readonly Endpoint[] | undefined): Node | undefined {
    const { members } = group
    const start = Math.floor(this.random() * members.length)
    for (let step = 0; step < members.length; step++) {
      const { node } = members[(start + step) % members.length] as Member
      if (!wasTried(node, tried)) return node
    }
    return undefined
  }

  private move(node: Node): void {
    const member = this.members.get(node)
    if (member === undefined) return
    this.leave(member)
    member.group = this.groupOf(node)
    this.join(member)
  }

  private groupOf(node: Node): Group {
    const load = node.inFlight / node.weight
    let group = this.groups.get(load)
    if (group === undefined) {
      group = { key: load, tie: 0, position: 0, members: [] }
      this.groups.set(load, group)
      this.heap.push(group)
    }
    return group
  }

  private join(member: Member): void {
    member.place = member.group.members.push(member) - 1
  }

  private leave({ group, place }: Member): void {
    const last = group.members.pop() as Member
    if (last.place !== place) {
      group.members[place] = last
      last.place = place
    }
    if (group.members.length === 0) {
      this.groups.delete(group.key)
      this.heap.remove(group)
    }
  }
}

/** The nodes of one load. Invariant: none is empty between two calls of the balancer. */
interface Group extends HeapItem {
  readonly members: Member[]
}

interface Member {
  readonly node: Node
  group: Group
  /** Its index in its group. */
  place: number
}
