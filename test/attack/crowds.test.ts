import test from 'ava'
import { Raw } from './raw.js'
import { recorded } from './recording.js'
import { attacks, type Shape, type Stage } from './rig.js'
import { pause } from './scene.js'

const crowd = 700
/** How many come at once. A thousand in one moment would be late by themselves. */
const batch = 25

/** A total that the crowd exceeds by far, and no bound on one peer: loopback is exempt from the default. */
const crowded = attacks(test, { connections: 400 })
/** Both. The crowd comes from another address than the good client. */
const shared = attacks(test, { connections: 600, connectionsPerPeer: 250 })

async function gather(port: number, first: Uint8Array, { arrive }: Stage): Promise<void> {
  const all: Raw[] = []
  for (let i = 0; i < crowd; i += batch) {
    all.push(
      ...(await Promise.all(Array.from({ length: batch }, () => Raw.open(port, { from: '127.0.0.2', keep: false })))),
    )
    if (first.length > 0) for (const raw of all.slice(i)) raw.send(first)
    await pause(25)
  }
  // Once it is there.
  await arrive()
  await pause(300)
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
  const shape: Shape = {
    ...common,
    name: `${crowd} connections that say ${name} make way for a newcomer`,
    attack: (port, _t, stage) => gather(port, Buffer.from(bytes, 'latin1'), stage),
  }
  test.serial(shape.name, crowded, shape)
}

const silent: Shape = {
  ...common,
  name: `${crowd} connections of one peer that say nothing leave room for others`,
  attack: (port, _t, stage) => gather(port, new Uint8Array(), stage),
}
test.serial(silent.name, shared, silent)

for (const wire of ['http://AT', 'grpc://AT', 'thrift://AT', 'avro://AT']) {
  const shape: Shape = {
    ...common,
    name: `${crowd} connections of one peer that have made a call and keep open leave room for others, ${wire}`,
    attack: async (port, _t, stage) =>
      gather(port, await recorded(wire, port, remote => remote.take({ text: 'x' })), stage),
  }
  test.serial(shape.name, shared, shape)
}
