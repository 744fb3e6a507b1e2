import test from 'ava'
import fc from 'fast-check'
import { IdTable } from '../../src/core/id-table.js'

test('it holds what a Map holds, whatever comes and goes', t => {
  const step = fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, { weight: 2, arbitrary: fc.nat(200) })
  fc.assert(
    fc.property(fc.constantFrom(0, 1), fc.array(step, { maxLength: 600 }), (shift, steps) => {
      const table = new IdTable<{ call: number }>(shift)
      const map = new Map<number, { call: number }>()
      let next = shift
      for (const one of steps) {
        if (one < 0) {
          const value = { call: next }
          table.add(next, value)
          map.set(next, value)
          next += 1 << shift
        } else {
          const id = [...map.keys()][one % Math.max(1, map.size)] ?? one
          t.is(table.delete(id), map.get(id))
          map.delete(id)
        }
        t.is(table.size, map.size)
      }
      t.deepEqual(table.values(), [...map.values()])
      for (let id = 0; id < next + 3; id++) t.is(table.get(id), map.get(id))
    }),
  )
})

test('a few that last stay in it while many thousands come and go', t => {
  const table = new IdTable<{ id: number }>()
  const lasting = [0, 1, 77, 5000]
  for (let id = 0; id < 20_000; id++) {
    table.add(id, { id })
    if (!lasting.includes(id)) t.like(table.delete(id), { id })
  }
  t.deepEqual(
    table.values().map(({ id }) => id),
    lasting,
  )
  t.deepEqual(
    lasting.map(id => table.get(id)?.id),
    lasting,
  )
  t.is(table.get(64), undefined)
  table.clear()
  t.is(table.size, 0)
  t.is(table.get(0), undefined)
  table.add(20_000, { id: 1 })
  t.deepEqual(table.values(), [{ id: 1 }])
})

test('more than it has slots for are all found', t => {
  const table = new IdTable<{ id: number }>(1)
  for (let id = 1; id < 30_000; id += 2) table.add(id, { id })
  t.is(table.size, 15_000)
  t.true(table.values().every((value, at) => value.id === at * 2 + 1 && table.get(value.id) === value))
})

test('any integers do, also where all of them share a slot', t => {
  const table = new IdTable<{ id: number }>()
  const ids = [-1, 0, -4096, 4096, 0x7fffffff, -0x80000000]
  for (const id of ids) table.add(id, { id })
  for (const id of ids) t.like(table.get(id), { id })
  for (const id of ids) t.like(table.delete(id), { id })
  t.is(table.size, 0)
  t.is(table.delete(0), undefined)
})
