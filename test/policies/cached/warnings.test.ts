import test from 'ava'
import type { CacheStore } from '../../../src/extend.js'
import { cached } from '../../../src/index.js'
import { methodInfo, rig } from '../../support/calls.js'

test('a store that is away is told of once a minute, with how often it failed meanwhile', async t => {
  const away: CacheStore = {
    remote: false,
    get: () => Promise.reject(new Error('away')),
    set: () => Promise.reject(new Error('away')),
    invalidate: () => {},
  }
  const { clock, call, wrap } = rig(methodInfo('safe'))
  const handler = wrap([cached({ ttl: '10s', store: away })], async () => 'reply')
  const warned: string[] = []
  const listen = (warning: Error) => warned.push(warning.message)
  process.on('warning', listen)
  for (let asked = 0; asked < 100; asked++) t.is(await handler(call()), 'reply')
  await clock.advance(59_999)
  await handler(call())
  await clock.advance(1)
  await handler(call())
  await new Promise(resolve => setImmediate(resolve))
  process.off('warning', listen)
  t.deepEqual(warned, [
    'the cache failed, and the call went on without it: away',
    'the cache failed, and the call went on without it: away (and 201 more since the last warning)',
  ])
})
