// One codec in a process of its own, so that no other shapes its code: node worker.js <contender>. It ends with its parent.
import { codecContenders, type Payload } from './contenders.js'

/** What is asked for: the times of one contender in one round. */
export interface CodecTurn {
  readonly payload: Payload
  /** Milliseconds of CPU for each direction. */
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

/** The turn is as long in CPU time, not on the clock, so that it is as long on a busy machine. */
function timed(action: () => unknown, duration: number): number {
  run(action, duration / 3)
  return run(action, duration)
}

/** Looks at the time once for many messages. @returns microseconds of CPU for each */
function run(action: () => unknown, duration: number): number {
  const start = cpuTime()
  let [count, batch, used] = [0, 1, 0]
  while (used < duration * 1000) {
    for (let n = 0; n < batch; n++) action()
    count += batch
    const before = used
    used = cpuTime() - start
    if (used - before < duration * 25) batch *= 2
  }
  return used / count
}

function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
