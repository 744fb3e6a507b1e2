import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import test from 'ava'
import { LateBinding } from '../../src/protocols/late-binding.js'
import type { ServerBinding } from '../../src/protocols/protocol.js'

/** A binding that writes down what it is asked. */
class Recorder implements ServerBinding {
  readonly steps: string[] = []

  accept(_socket: unknown, head: Uint8Array): void {
    this.steps.push(`accept ${Buffer.from(head)}`)
  }

  async drain(): Promise<void> {
    this.steps.push('drain')
  }

  destroy(): void {
    this.steps.push('destroy')
  }

  inspect() {
    return { connections: 7, calls: 9 }
  }
}

/** A late binding, and what makes its code arrive. */
function lateBinding() {
  const recorder = new Recorder()
  const reports: unknown[] = []
  const loads: { resolve(): void; reject(error: Error): void }[] = []
  const load = () =>
    new Promise<ServerBinding>((resolve, reject) => loads.push({ resolve: () => resolve(recorder), reject }))
  const binding = new LateBinding(load, { report: error => void reports.push(error) })
  return { binding, recorder, reports, loads }
}

const bytes = (text: string) => Buffer.from(text)

test('connections wait for the code in their order, with the bytes that were read of them', async t => {
  const { binding, recorder, loads } = lateBinding()
  t.is(loads.length, 0, 'nothing is loaded without a connection')
  binding.accept(new PassThrough(), bytes('one'))
  binding.accept(new PassThrough(), bytes('two'))
  t.deepEqual(binding.inspect(), { connections: 2, calls: 0 })
  loads[0]?.resolve()
  await binding.prepare()
  binding.accept(new PassThrough(), bytes('three'))
  t.deepEqual(recorder.steps, ['accept one', 'accept two', 'accept three'])
  t.deepEqual(binding.inspect(), { connections: 7, calls: 9 })
  t.is(loads.length, 1)
})

test('a connection that breaks while it waits ends nothing else, and is not served', async t => {
  const { binding, recorder, loads } = lateBinding()
  const broken = new PassThrough()
  binding.accept(broken, bytes('broken'))
  binding.accept(new PassThrough(), bytes('whole'))
  broken.destroy(new Error('reset by the peer'))
  await new Promise(resolve => broken.once('close', resolve))
  loads[0]?.resolve()
  await binding.prepare()
  t.deepEqual(recorder.steps, ['accept whole'])
})

test('a failure to load is reported and closes what waits; the next connection tries again', async t => {
  const { binding, recorder, reports, loads } = lateBinding()
  const first = new PassThrough()
  binding.accept(first, bytes('one'))
  const failure = new Error('the file is gone')
  loads[0]?.reject(failure)
  await once(first, 'close')
  t.deepEqual(reports, [failure])
  binding.accept(new PassThrough(), bytes('two'))
  loads[1]?.resolve()
  await binding.prepare()
  t.deepEqual(recorder.steps, ['accept two'])
})

test('draining waits for the connections that wait, and has nothing to do without any', async t => {
  const { binding, recorder, loads } = lateBinding()
  await binding.drain()
  t.is(loads.length, 0)
  binding.accept(new PassThrough(), bytes('one'))
  const drained = binding.drain()
  loads[0]?.resolve()
  await drained
  t.deepEqual(recorder.steps, ['accept one', 'drain'])
})

test('destroying closes what waits, and what is loaded after it', async t => {
  const { binding, recorder, loads } = lateBinding()
  const socket = new PassThrough()
  binding.accept(socket, bytes('one'))
  binding.destroy()
  t.true(socket.destroyed)
  loads[0]?.resolve()
  await binding.prepare()
  t.deepEqual(recorder.steps, ['destroy'])
})
