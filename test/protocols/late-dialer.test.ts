import test from 'ava'
import { LateDialer } from '../../src/protocols/late-dialer.js'
import type { Dialer, Link } from '../../src/protocols/protocol.js'

const link = { open: true } as Link
const endpoint = { address: '127.0.0.1:1' }
const { signal } = new AbortController()

/** A dialer, and when its code is there. */
function lateDialer(parts: Partial<Dialer> = {}) {
  let arrive: () => void = () => {}
  let loads = 0
  const dialer = new LateDialer(() => {
    loads++
    return new Promise(resolve => {
      arrive = () => resolve({ dial: async () => link, ...parts })
    })
  })
  return { dialer, arrive: () => arrive(), loads: () => loads }
}

test('its code is loaded once, for all dials', async t => {
  const { dialer, arrive, loads } = lateDialer()
  const announced: Promise<unknown>[] = []
  const announce = (library: Promise<unknown>) => void announced.push(library)
  const dials = [dialer.dial(endpoint, signal, announce), dialer.dial(endpoint, signal)]
  t.is(announced.length, 1, 'the clocks of the calls that wait stand still')
  arrive()
  t.deepEqual(await Promise.all(dials), [link, link])
  await dialer.dial(endpoint, signal, announce)
  t.is(announced.length, 1)
  t.is(loads(), 1)
})

test('prepare loads what the dialer itself needs, and warmUp compiles after it', async t => {
  const steps: string[] = []
  const { dialer, arrive } = lateDialer({
    prepare: async () => void steps.push('prepared'),
    *warmUp() {
      steps.push('warm')
      yield
    },
  })
  t.deepEqual([...dialer.warmUp()], [])
  arrive()
  await dialer.prepare()
  t.is([...dialer.warmUp()].length, 1)
  t.deepEqual(steps, ['prepared', 'warm'])
})

test('a failure to load is the failure of a dial, and the next dial tries again', async t => {
  const failure = new Error('the file is gone')
  const attempts = [() => Promise.reject(failure), async () => ({ dial: async () => link })]
  const dialer = new LateDialer(() => (attempts.shift() as () => Promise<Dialer>)())
  t.is(await t.throwsAsync(dialer.dial(endpoint, signal)), failure)
  t.is(await dialer.dial(endpoint, signal), link)
})
