import test from 'ava'
import { Code } from '../../src/index.js'
import { attacks, type Shape } from './rig.js'
import type { Target } from './target.js'
import { codeOf, over, wires } from './wires.js'

const held = attacks(test)

/** Messages of errors: over what a header list takes by default, and far over it. */
const lengths = [5000, 17_000, 100_000, 1_000_000]

const shapes = wires.map(
  (wire): Shape => ({
    name: `long errors arrive with their code and harm no other call, ${wire}`,
    attack: async (port, t) => {
      const run = async (remote: Target) => {
        const other = codeOf(remote.linger(400))
        for (const length of lengths)
          t.is(await codeOf(remote.fail(length)), Code.failed_precondition, `${length} characters`)
        t.is(await other, undefined, 'a call beside them, on the same connection')
      }
      // The limits that every client has.
      await over(wire, port, run, { limits: {} })
    },
  }),
)

for (const shape of shapes) test.serial(shape.name, held, shape)
