import test from 'ava'
import type { Policy } from '../../src/index.js'
import { retry, use } from '../../src/index.js'
import { rig } from '../support/calls.js'

function noting(name: string, notes: string[]): Policy {
  return next => async call => {
    notes.push(`in ${name}`)
    try {
      return await next(call)
    } finally {
      notes.push(`out ${name}`)
    }
  }
}

test("a function of one's own is a policy, outermost of the calls where nothing else is said", async t => {
  const { call, wrap } = rig()
  const notes: string[] = []
  const inner = use(noting('inner', notes), { name: 'inner', stage: 'attempt' })
  const outer = use(noting('outer', notes), { name: 'outer' })
  await wrap([inner, retry(), outer], async () => notes.push('handler'))(call())
  t.deepEqual(notes, ['in outer', 'in inner', 'handler', 'out inner', 'out outer'])
})

test('its name is that of the function, and a nameless one is told so', t => {
  const timed: Policy = next => next
  t.like(use(timed), { name: 'timed', stages: ['call'], rank: 5 })
  t.throws(() => use(next => next), { message: /the policy has no name; write use\(policy, \{ name: 'timed' \}\)/ })
  t.throws(() => use(timed, { rank: 60 }), { message: /neither 8 nor 60/ })
  t.throws(() => use(timed, { stage: 'nowhere' as never }), { message: /write call, attempt or handler/ })
})
