import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { LiveSet, nextObjectId } from '../../src/core/live-set.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('a live set lists its objects in the order of their ids, and keeps none of them alive', async t => {
  const set = new LiveSet<{ readonly id: number }>()
  const kept = [{ id: nextObjectId() }, { id: nextObjectId() }, { id: nextObjectId() }] as const
  for (const one of kept) set.add(one)
  ;(() => set.add({ id: nextObjectId() }))()
  // A weak reference holds its object until the end of the turn in which it was made or read.
  await new Promise(setImmediate)
  collect()
  t.deepEqual([...set], [...kept])
  set.delete(kept[1])
  t.deepEqual([...set], [kept[0], kept[2]])
})
