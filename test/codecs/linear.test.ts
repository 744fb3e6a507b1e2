import test from 'ava'
import { RpcError } from '../../src/core/rpc-error.js'
import { linear } from '../support/growth.js'
import { compile } from './contract.js'
import { Lists, Maps, Scalars } from './fixture.js'
import { allBytes, hostileShapes, repeated } from './hostile-shapes.js'

/** What a decoder makes of hostile input does not matter, as long as an error is one of ours. */
function attempt(decode: () => unknown): void {
  try {
    decode()
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
  }
}

/** The places of the text formats are those of `Scalars`. */
const types: readonly (new () => object)[] = [Scalars, Lists, Maps]

for (const [name, { codec, places, tokens }] of Object.entries(hostileShapes)) {
  for (const type of codec.isText ? types.slice(0, 1) : types) {
    test(`${name}: decoding ${type.name} is linear, whatever is repeated`, t => {
      const serializer = compile(codec, type)
      for (const [before, after = ''] of places) {
        for (const token of before === '' && !codec.isText ? [...tokens, ...allBytes] : tokens) {
          linear(t, `${JSON.stringify([String(before), token, after])}`, {
            inputOf(size) {
              const start = typeof before === 'string' ? before : before(size)
              return Buffer.from(start + repeated(token, size, codec.isText) + after, 'latin1')
            },
            work: bytes => attempt(() => serializer.decode(bytes)),
          })
        }
      }
    })
  }
}
