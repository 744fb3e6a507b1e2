import test from 'ava'
import { Raw } from './raw.js'
import { recorded } from './recording.js'
import { type Arrive, attacks, pause, type Shape } from './rig.js'

const crowd = 1000

/** A total that the crowd exceeds by far, and no bound on one peer: loopback is exempt from the default. */
const crowded = attacks(test, { connections: 500 })
/** Both. The crowd comes from another address than the good client. */
const shared = attacks(test, { connections: 800, connectionsPerPeer: 300 })

async function gather(port: number, first: Uint8Array, arrive: Arrive): Promise<void> {
  const all: Raw[] = []
  for (let i = 0; i < crowd; i += 50) {
    all.push(
      ...(await Promise.all(Array.from({ length: 50 }, () => Raw.open(port, { from: '127.0.0.2', keep: false })))),
    )
    if (first.length > 0) for (const raw of all.slice(i)) raw.send(first)
  }
  // Once it is there.
  await arrive()
  await pause(700)
  for (const raw of all) raw.end()
}

/** What each says first, and then nothing. */
const silences: Readonly<Record<string, string>> = {
  nothing: '',
  'one byte that could be anything': '\0',
  'half of what HTTP/2 begins with': 'PRI * HT',
  'half a method': 'POS',
}

const common = { allowance: 64 << 20 }

for (const [name, bytes] of Object.entries(silences)) {
  const attack: Shape['attack'] = (port, _t, arrive) => gather(port, Buffer.from(bytes, 'latin1'), arrive)
  const shape: Shape = { ...common, name: `${crowd} connections that say ${name} make way for a newcomer`, attack }
  test.serial(shape.name, crowded, shape)
  const one: Shape = {
    ...common,
    name: `${crowd} connections of one peer that say ${name} leave room for others`,
    attack,
  }
  test.serial(one.name, shared, one)
}

for (const wire of ['http://AT', 'grpc://AT', 'thrift://AT', 'avro://AT']) {
  const shape: Shape = {
    ...common,
    name: `${crowd} connections of one peer that have made a call and keep open leave room for others, ${wire}`,
    attack: async (port, _t, arrive) =>
      gather(port, await recorded(wire, port, remote => remote.take({ text: 'x' })), arrive),
  }
  test.serial(shape.name, shared, shape)
}
