import test from 'ava'
import { growthOf } from './growth.js'
import type { Reading } from './reading.js'

const MiB = 2 ** 20
const readings = (
  heap: (at: number) => number,
  handles: (at: number) => Reading['handles'] = () => ({ PipeWrap: 1 }),
) => Array.from({ length: 12 }, (_, at) => ({ heap: heap(at), handles: handles(at) }))

test('a heap that fills while it warms up, or goes up and down, has not grown', t => {
  t.deepEqual(
    growthOf(
      'client',
      readings(at => (at < 3 ? at : 20 + (at % 2)) * MiB),
    ),
    [],
  )
})

test('a heap that grows all the time is reported', t => {
  t.deepEqual(
    growthOf(
      'client',
      readings(at => (50 + at / 2) * MiB),
    ),
    ["the client's heap grew by 3.0 MiB"],
  )
})

test('one more handle or timer at the end is reported, one less is not', t => {
  const leaking = readings(
    () => MiB,
    at => ({ TCPServerWrap: 2, ...(at === 11 && { Timeout: 1 }) }),
  )
  t.deepEqual(growthOf('server', leaking), ["the server's handles of kind Timeout grew from 0 to 1"])
  t.deepEqual(
    growthOf(
      'server',
      readings(
        () => MiB,
        at => ({ Timeout: at < 6 ? 2 : 1 }),
      ),
    ),
    [],
  )
})

test('too few readings say nothing', t => {
  t.throws(() => growthOf('client', readings(() => MiB).slice(0, 2)), {
    message: 'growth takes at least 3 readings, got 2',
  })
})
