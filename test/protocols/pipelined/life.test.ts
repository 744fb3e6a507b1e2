import test from 'ava'
import { Code } from '../../../src/index.js'
import { Greeter } from '../../fixtures/greeter.js'
import { transportWires, wireName } from '../../matrix/wires.js'
import { failure, until } from '../../support/calls.js'
import { rig } from '../rig.js'

/** Thrift and Avro on bare sockets, where a refusal need not wait for the replies before it. */
const wires = transportWires.filter(
  ({ protocol, options, isOrdered }) =>
    (protocol === 'thrift' || protocol === 'avro') && options.transport !== 'http' && !isOrdered,
)

for (const wire of wires) {
  test(`more calls than one connection may have are refused, provably unseen: ${wireName(wire)}`, async t => {
    const server = { limits: { callsPerConnection: 2 } }
    const { remote, service } = await rig(t, wire, { contract: Greeter, service: new Greeter(), server })
    let open = () => {}
    service.gate = new Promise(resolve => (open = resolve))
    const calls = [remote.slow('gate', 0), remote.slow('gate', 0)]
    await until(() => service.calls === 2)
    const error = await failure(remote.ping())
    t.like(error, { code: Code.resource_exhausted, delivery: 'refused' })
    t.regex(error.message, /limits\.callsPerConnection/)
    open()
    t.deepEqual(await Promise.all(calls), ['gate', 'gate'])
    t.is(await remote.ping(), undefined)
  })
}
