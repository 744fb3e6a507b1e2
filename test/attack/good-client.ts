// The client that must not notice anything, a process of its own: node good-client.js <port>. It calls every wire at a constant rate, and tells
// its parent on demand how that went.
import { connect, disconnect } from '../../src/index.js'
import { type GoodOrder, latest, type Service } from './scene.js'
import { Target } from './target.js'

/** Milliseconds between two rounds, in each of which every wire is called once. */
const period = 30
const wires = ['grpc://AT', 'http://AT', 'thrift://AT', 'avro://AT', 'http://AT?codec=xml', 'grpc://AT?codec=msgpack']

const [port] = process.argv.slice(2)
const targets = wires.map(wire => wire.replace('AT', `127.0.0.1:${port}`))
const remotes = targets.map(target => connect(Target, target, { report: () => {} }))
const message = {
  text: 'good',
  legs: 4,
  weight: 1.5,
  by32: new Map([[1, true]]),
  leaves: [{ text: 'leaf', texts: ['a', 'b'] }],
}

let latencies: number[] = []
let failures: string[] = []
const running = new Set<Promise<void>>()

async function call(index: number, remote: Target): Promise<void> {
  const began = performance.now()
  try {
    await remote.take(message)
  } catch (error) {
    failures.push(`${targets[index]}: ${String(error)}`)
  }
  latencies.push(performance.now() - began)
}

/** Somebody new, whom the server has never seen. */
async function arrive(): Promise<void> {
  const fresh = targets.map(target => connect(Target, target, { report: () => {} }))
  await Promise.all(fresh.map((remote, index) => call(index, remote)))
  await Promise.all(fresh.map(remote => disconnect(remote)))
}

function begin(task: Promise<void>): void {
  running.add(task)
  void task.then(() => running.delete(task))
}

async function report(): Promise<Service> {
  await Promise.all(running)
  const sorted = latencies.sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0
  const late = sorted.filter(latency => latency > latest).length
  const result = { calls: sorted.length, failures: failures.slice(0, 5), p50: at(0.5), p99: at(0.99), late }
  latencies = []
  failures = []
  return result
}

await Promise.all(remotes.map((remote, index) => call(index, remote)))
setInterval(() => {
  for (const [index, remote] of remotes.entries()) begin(call(index, remote))
}, period)
process.on('message', async (order: GoodOrder) => {
  if (order === 'arrive') begin(arrive())
  process.send?.(order === 'arrive' ? { ready: true } : await report())
})
process.once('disconnect', () => process.exit())
process.send?.({ ready: true })
