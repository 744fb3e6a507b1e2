import { once } from 'node:events'
import { Duplex } from 'node:stream'
import test from 'ava'
import fc from 'fast-check'
import { Output } from '../../src/http2/output.js'
import { type Room, Rooms } from '../../src/http2/rooms.js'

/** Keeps the chunks that are written to it. */
class Sink extends Duplex {
  readonly chunks: Buffer[] = []

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk)
    this.emit('wrote')
    done()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks)
  }
}

test('connections that write a frame each in one turn share chunks', async t => {
  const all = Array.from({ length: 200 }, () => {
    const sink = new Sink()
    return { sink, output: new Output(sink), wrote: once(sink, 'wrote') }
  })
  for (const [at, { output }] of all.entries()) output.add(Buffer.alloc(100, at))
  await Promise.all(all.map(({ wrote }) => wrote))
  for (const [at, { sink }] of all.entries()) t.true(sink.bytes.equals(Buffer.alloc(100, at)))
  const chunks = new Set(all.map(({ sink }) => sink.chunks[0]?.buffer))
  t.true(chunks.size <= 20, `${chunks.size} chunks of 64 KiB`)
})

test('a connection that writes much in a turn gets it into few pieces', async t => {
  const sink = new Sink()
  const output = new Output(sink)
  const parts = Array.from({ length: 250 }, (_, at) => Buffer.alloc(100, at))
  for (let turn = 0; turn < 3; turn++) {
    const wrote = once(sink, 'wrote')
    for (const part of parts) output.add(part)
    await wrote
  }
  t.true(sink.bytes.equals(Buffer.concat([...parts, ...parts, ...parts])))
  t.true(sink.chunks.length <= 6, `${sink.chunks.length} pieces`)
})

test('no two rooms that are in use overlap, and nothing that was written is in a room again', t => {
  const step = fc.oneof(
    fc.record({ take: fc.integer({ min: 1, max: 70_000 }), isSmall: fc.boolean() }),
    fc.record({ take: fc.integer({ min: 1, max: 2048 }), isSmall: fc.boolean() }),
    fc.record({ giveBack: fc.nat(), used: fc.double({ min: 0, max: 1, noNaN: true }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const rooms = new Rooms()
      const held: Room[] = []
      const written: Room[] = []
      for (const next of steps) {
        if ('take' in next) {
          const room = rooms.take(next.take, next.isSmall)
          t.true(room.end - room.position >= next.take && room.end <= room.buffer.length)
          for (const other of [...held, ...written]) t.false(overlap(room, other))
          held.push(room)
        } else if (held.length > 0) {
          const [room] = held.splice(next.giveBack % held.length, 1) as [Room]
          const { buffer, position } = room
          room.position += Math.floor((room.end - position) * next.used)
          if (room.position > position) written.push({ buffer, position, end: room.position })
          rooms.giveBack(room)
        }
      }
    }),
    { numRuns: 300 },
  )
})

function overlap(one: Room, other: Room): boolean {
  return one.buffer === other.buffer && one.position < other.end && other.position < one.end
}
