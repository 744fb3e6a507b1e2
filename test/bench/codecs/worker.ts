// One codec in a process of its own, so that no other shapes its code: node worker.js <contender>. It ends with its parent.
import { codecContenders, type Payload } from './contenders.js'

/** What is asked for: the times of one contender in one round. */
export interface CodecTurn {
  readonly payload: Payload
  /** Milliseconds of each direction. */
  readonly duration: number
}

/** Microseconds of CPU for one message, and its bytes. */
export type CodecTimes = Readonly<Record<'encode' | 'decode' | 'both' | 'bytes', number>>

const make = codecContenders.get(process.argv[2] ?? '')
if (process.send !== undefined && make !== undefined) {
  process.once('disconnect', () => process.exit())
  const made = new Map<Payload, ReturnType<typeof make>>()
  process.on('message', ({ payload, duration }: CodecTurn) => {
    const contender = made.get(payload) ?? make(payload)
    made.set(payload, contender)
    const encode = timed(contender.encode, duration)
    const decode = timed(contender.decode, duration)
    process.send?.({ encode, decode, both: encode + decode, bytes: contender.size } satisfies CodecTimes)
  })
  process.send('ready')
}

function timed(action: () => unknown, duration: number): number {
  run(action, duration / 3)
  const before = process.cpuUsage()
  const count = run(action, duration)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

/** Looks at the clock once for many messages. @returns how many there were */
function run(action: () => unknown, duration: number): number {
  let [count, batch, now] = [0, 1, performance.now()]
  for (const end = now + duration; now < end; ) {
    for (let n = 0; n < batch; n++) action()
    count += batch
    const start = now
    now = performance.now()
    if (now - start < duration / 40) batch *= 2
  }
  return count
}
