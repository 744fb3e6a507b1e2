import test from 'ava'
import type { ChannelNode } from '../../src/client/node.js'
import { NodeRecord } from '../../src/client/outlier-ejection.js'
import { subsetOf } from '../../src/client/subset.js'
import { usableNodes } from '../../src/client/usable-nodes.js'
import type { Endpoint } from '../../src/index.js'

interface State {
  readonly down?: boolean
  readonly ejected?: boolean
  readonly notServing?: boolean
  readonly zone?: string
  readonly priority?: number
}

function nodes(states: Record<string, State>): ChannelNode[] {
  return Object.entries(states).map(([address, { down, ejected, notServing = false, ...endpoint }]) => {
    const record = new NodeRecord()
    if (ejected) record.ejectedUntil = 100
    return {
      endpoint: { address, ...endpoint } as Endpoint,
      downUntil: down ? 100 : 0,
      record,
      notServing,
    } as ChannelNode
  })
}

function picked(states: Record<string, State>, zone?: string): string {
  return usableNodes(nodes(states), 0, zone)
    .map(({ endpoint }) => endpoint.address)
    .join(' ')
}

test('what is down or ejected is left out', t => {
  t.is(picked({ a: {}, b: { down: true }, c: { ejected: true }, d: {}, e: {} }), 'a d e')
  t.is(picked({ a: { down: true } }), '')
})

test('when more than half is out, ejections are not believed, but what is down stays down', t => {
  t.is(picked({ a: {}, b: { ejected: true }, c: { ejected: true }, d: { down: true } }), 'a b c')
  t.is(picked({ a: { ejected: true } }), 'a')
})

test('who says that it does not serve is believed, however many say so, and the next priority serves', t => {
  t.is(picked({ a: {}, b: { notServing: true }, c: { notServing: true } }), 'a')
  t.is(picked({ a: { notServing: true }, b: { notServing: true }, spare: { priority: 1 } }), 'spare')
  t.is(picked({ a: { notServing: true } }), '')
})

test('the next priority serves only while all before it are down', t => {
  t.is(picked({ a: { down: true }, b: {}, spare: { priority: 1 } }), 'b')
  t.is(picked({ a: { down: true }, b: { down: true }, spare: { priority: 1 }, last: { priority: 2 } }), 'spare')
})

test('the own zone serves while at least half of it is up', t => {
  t.is(picked({ a: { zone: 'x' }, b: { zone: 'x', down: true }, c: { zone: 'y' } }, 'x'), 'a')
  t.is(
    picked({ a: { zone: 'x' }, b: { zone: 'x', down: true }, d: { zone: 'x', down: true }, c: { zone: 'y' } }, 'x'),
    'a c',
  )
  t.is(picked({ a: { zone: 'y' }, b: {} }, 'x'), 'a b')
})

const fleet = Array.from({ length: 1000 }, (_, n) => ({ address: `10.0.${n >> 8}.${n & 255}:1` }))

test('a subset is the same as long as the endpoints are, and differs between clients', t => {
  const mine = subsetOf(fleet, 20, 1)
  t.is(mine.length, 20)
  t.deepEqual(subsetOf([...fleet].reverse(), 20, 1), mine)
  t.notDeepEqual(subsetOf(fleet, 20, 2), mine)
  const gone = mine[3] as Endpoint
  const after = subsetOf(
    fleet.filter(endpoint => endpoint !== gone),
    20,
    1,
  )
  t.is(after.filter(endpoint => mine.includes(endpoint)).length, 19)
  t.is(subsetOf(fleet.slice(0, 5), 20, 1).length, 5)
})

test('subsets of many clients load all servers alike', t => {
  const counts = new Map<string, number>()
  for (let seed = 0; seed < 2000; seed++) {
    for (const { address } of subsetOf(fleet, 20, seed)) counts.set(address, (counts.get(address) ?? 0) + 1)
  }
  t.is(counts.size, 1000)
  t.true(Math.max(...counts.values()) < 75 && Math.min(...counts.values()) > 12)
})
