// One codec in one direction in a process of its own, so that no other shapes its code: node worker.js <contender> <payload> <direction>.
// It ends with its parent.
//
// Directions are apart because of V8's pretenuring: where the messages to be encoded outlive a collection, V8 may decide to allocate what
// their class's constructor makes, its lists, in the old generation. Decoding calls the same constructor, and every message that it drops
// then keeps a young one alive through its lists. In every second process decoding Thrift took three times as long.
import { codecContenders, type Payload } from './contenders.js'

export type Direction = 'encode' | 'decode'

/** What is asked for: the time of one direction in one round. */
export interface CodecTurn {
  /** Milliseconds of CPU. */
  readonly duration: number
  /** In Base64, with the first turn of a process that decodes. */
  readonly bytes?: string
}

/** With the first answer of a process that encodes: what it encodes, in Base64. */
export interface CodecTime {
  /** Microseconds of CPU for one message. */
  readonly time: number
  readonly bytes?: string
}

const [, , name = '', payload, direction] = process.argv
const contender = codecContenders.get(name)?.(payload as Payload)
if (process.send !== undefined && contender !== undefined) {
  process.once('disconnect', () => process.exit())
  let action: (() => unknown) | undefined
  process.on('message', ({ duration, bytes }: CodecTurn) => {
    let encoded: string | undefined
    if (action === undefined && direction === 'encode') {
      const encode = contender.encoder()
      encoded = Buffer.from(encode()).toString('base64')
      action = encode
    }
    if (bytes !== undefined) {
      const buffer = Buffer.from(bytes, 'base64')
      action = () => contender.decode(buffer)
    }
    if (action === undefined) throw new Error('the first turn of a process that decodes brings the bytes')
    const time = timed(action, duration)
    process.send?.({ time, ...(encoded === undefined ? {} : { bytes: encoded }) } satisfies CodecTime)
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
