import test from 'ava'
import fc from 'fast-check'
import { Code, disconnect, RpcError, withCall } from '../../../src/index.js'
import { Greeter } from '../../fixtures/greeter.js'
import { plainWires, type Wire, wireName, wiresOf } from '../../matrix/wires.js'
import { outcome } from '../../support/calls.js'
import { gone } from '../../support/raw-clients.js'
import { rawServer } from '../../support/raw-servers.js'
import { rig } from '../rig.js'

/** Bytes that no peer of the protocol sends, in both directions. What only one protocol can get wrong stands in its own file. */
export function badPeers(protocol: string): void {
  for (const wire of wiresOf(protocol, plainWires)) {
    changedRequests(wire)
    changedReplies(wire)
  }
}

const greeter = () => ({ contract: Greeter, service: new Greeter() })
const limits = { messageBytes: 10_000, bodyTimeout: 2000, handshakeTimeout: 2000 }

function changedRequests(wire: Wire): void {
  test.serial(`a request with changed bytes is refused or answered, and harms nobody: ${wireName(wire)}`, async t => {
    const { remote, relay, socket } = await rig(t, wire, { ...greeter(), server: { limits }, isRelayed: true })
    await remote.greet('recorded')
    await fc.assert(
      fc.asyncProperty(garbled(Buffer.concat(relay?.passed.clients ?? [])), async bytes => {
        const client = await socket()
        client.end(bytes)
        await gone(client)
        t.is(await remote.greet('still'), 'Hello, still!')
      }),
      { numRuns: 25 },
    )
  })
}

function changedReplies(wire: Wire): void {
  test.serial(`a reply with changed bytes fails its call at once or is read: ${wireName(wire)}`, async t => {
    const { remote, relay, connect } = await rig(t, wire, { ...greeter(), isRelayed: true })
    await remote.greet('recorded')
    let reply: Uint8Array
    const { address } = await rawServer(t, socket => socket.once('data', () => socket.end(reply)))
    await fc.assert(
      fc.asyncProperty(garbled(Buffer.concat(relay?.passed.server ?? [])), async bytes => {
        reply = bytes
        const caller = connect(Greeter, { policies: [] }, { endpoints: [address] })
        const { error } = await outcome(withCall(caller, { timeout: '20s' }).greet('x'))
        t.true(error === undefined || (error instanceof RpcError && error.code !== Code.deadline_exceeded), `${error}`)
        await disconnect(caller)
      }),
      { numRuns: 25 },
    )
  })
}

/** What was recorded with some bytes changed, cut off or added, and what was never of the protocol. */
function garbled(recorded: Buffer): fc.Arbitrary<Uint8Array> {
  const changed = fc
    .record({
      length: fc.nat(recorded.length),
      flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      tail: fc.uint8Array({ maxLength: 20 }),
    })
    .map(({ length, flips, tail }) => {
      const bytes = Buffer.from(recorded)
      for (const [at, value] of flips) bytes[at % bytes.length] = value
      return Buffer.concat([length % 3 === 0 ? bytes.subarray(0, length) : bytes, tail])
    })
  const foreign = fc.constantFrom('SSH-2.0-OpenSSH_9.6\r\n\r\n', 'HTTP/1.1 400 Bad Request\r\n\r\n', '\0'.repeat(100))
  return fc.oneof(
    { weight: 4, arbitrary: changed },
    fc.uint8Array({ maxLength: 60 }),
    foreign.map(text => Buffer.from(text)),
  )
}
