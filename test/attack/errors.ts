import { Code } from '../../src/index.js'
import type { Shape } from './rig.js'
import type { Target } from './target.js'
import { codeOf, over, wires } from './wires.js'

/** Messages of errors: over what a header list takes by default, and far over it. */
const lengths = [5000, 17_000, 100_000, 1_000_000]

export const shapes: readonly Shape[] = [
  {
    name: 'long errors arrive with their code and harm no other call, on every wire',
    attack: async (port, t) => {
      for (const wire of wires) {
        const run = async (remote: Target) => {
          const other = codeOf(remote.linger(100))
          for (const length of lengths)
            t.is(await codeOf(remote.fail(length)), Code.failed_precondition, `${wire}: ${length} characters`)
          t.is(await other, undefined, `${wire}: a call beside them, on the same connection`)
        }
        // The limits that every client has.
        await over(wire, port, run, { limits: {} })
      }
    },
  },
]
