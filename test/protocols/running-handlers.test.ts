import test from 'ava'
import { Code } from '../../src/index.js'
import { Greeter } from '../fixtures/greeter.js'
import { transportWires, wireName } from '../matrix/wires.js'
import { failure, until } from '../support/calls.js'
import { rig } from './rig.js'

/** HTTP/2 has this in its own tests, together with its resets. */
const wires = transportWires.filter(
  ({ protocol, options }) =>
    protocol === 'thrift' || protocol === 'avro' || (protocol === 'http' && options.version === '1.1'),
)

for (const wire of wires) {
  test(`a call whose time is over counts in callsPerConnection until its handler has settled: ${wireName(wire)}`, async t => {
    const { remote, service, server } = await rig(t, wire, {
      contract: Greeter,
      service: new Greeter(),
      server: { limits: { callsPerConnection: 2, maxDeadline: 20 } },
      client: { limits: { connections: 1 } },
    })
    let open = () => {}
    service.gate = new Promise(resolve => (open = resolve))
    for (let n = 0; n < 2; n++) t.is((await failure(remote.slow('gate', 0))).code, Code.deadline_exceeded)
    t.is(service.calls, 2)
    const error = await failure(remote.ping())
    t.like(error, { code: Code.resource_exhausted, delivery: 'refused' })
    t.regex(error.message, /limits\.callsPerConnection/)
    open()
    await until(() => server.inspect().busiestConnection === 0)
    t.is(await remote.ping(), undefined)
  })
}
