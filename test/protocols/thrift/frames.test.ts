import test from 'ava'
import fc from 'fast-check'
import { FrameSplitter } from '../../../src/protocols/thrift/framed.js'

function frameOf(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

/** Takes what has been cut out, as it is at the end. */
function collector() {
  const seen: { readonly bytes: Buffer; readonly room: number }[] = []
  const sink = {
    message: (bytes: Buffer, start: number, end: number) => {
      seen.push({ bytes: bytes.subarray(start, end), room: bytes.buffer.byteLength })
    },
    tooLarge: () => {},
  }
  return { seen, sink }
}

test('a frame that comes byte by byte is gathered: no chunk is kept, and the room is no more than twice the frame', t => {
  const body = Buffer.alloc(256 * 1024, 'polywire')
  const { seen, sink } = collector()
  const splitter = new FrameSplitter(1e8, sink)
  const frame = frameOf(body)
  splitter.push(frame.subarray(0, 1))
  // One chunk that is written to again and again: a splitter that kept it would see its last byte everywhere.
  const chunk = Buffer.alloc(1)
  for (const byte of frame.subarray(1)) {
    chunk[0] = byte
    splitter.push(chunk)
  }
  t.is(seen.length, 1)
  t.deepEqual(seen[0]?.bytes, body)
  t.true((seen[0]?.room ?? 0) <= 2 * frame.length)
  t.false(splitter.isPartial)
})

test('frames are the same however their bytes are cut, and stay as they were when more comes', async t => {
  await fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 40 }),
      (bodies, cuts) => {
        const bytes = Buffer.concat(bodies.map(frameOf))
        const { seen, sink } = collector()
        const splitter = new FrameSplitter(1e8, sink)
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const end = at + (cuts[turn % cuts.length] as number)
          splitter.push(Buffer.from(bytes.subarray(at, end)))
          at = end
        }
        t.deepEqual(
          seen.map(one => [...one.bytes]),
          bodies.map(body => [...body]),
        )
      },
    ),
  )
})
