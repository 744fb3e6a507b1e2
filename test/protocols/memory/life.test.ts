import test from 'ava'
import { Code, withCall } from '../../../src/index.js'
import { Greeter } from '../../fixtures/greeter.js'
import { wiresOf } from '../../matrix/wires.js'
import { failure } from '../../support/calls.js'
import { rig } from '../rig.js'
import { life } from '../suites/life.js'

life('memory')

test('a call whose deadline has passed never reaches the handler', async t => {
  const [wire] = wiresOf('memory')
  if (wire === undefined) return t.fail()
  const { remote, service } = await rig(t, wire, { contract: Greeter, service: new Greeter() })
  t.is((await failure(withCall(remote, { timeout: 0 }).ping())).code, Code.deadline_exceeded)
  t.is(service.calls, 0)
})
