import test from 'ava'
import fc from 'fast-check'
import { type HeapItem, IndexedHeap } from '../../src/balancers/indexed-heap.js'

test('a heap gives its items by key and tie, whatever was put in and taken out between', t => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 0, max: 20 }), tie: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ remove: fc.nat() }),
    fc.constant('pop' as const),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), steps => {
      const heap = new IndexedHeap<HeapItem>()
      const model: HeapItem[] = []
      for (const what of steps) {
        if (what === 'pop') {
          model.sort((a, b) => a.key - b.key || a.tie - b.tie)
          const [expected] = model.splice(0, 1)
          const popped = heap.pop()
          if (popped !== undefined && popped !== expected) model.splice(model.indexOf(popped), 1, expected as HeapItem)
          t.deepEqual([popped?.key, popped?.tie], [expected?.key, expected?.tie])
        } else if ('push' in what) {
          const item = { key: what.push, tie: what.tie, position: -1 }
          heap.push(item)
          model.push(item)
        } else if (model.length > 0) {
          const [item] = model.splice(what.remove % model.length, 1)
          heap.remove(item as HeapItem)
        }
        t.is(heap.top?.key, model.length === 0 ? undefined : Math.min(...model.map(item => item.key)))
      }
    }),
  )
})
