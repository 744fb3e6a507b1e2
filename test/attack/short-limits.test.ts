// Attacks that wait for a limit in time, or for one in bytes, on a server where that is short.
import test from 'ava'
import { shapes as halves } from './halves.js'
import { shapes as lengths } from './lengths.js'
import { shapes as mutations } from './mutations.js'
import { shapes as replies, stallTimeout } from './replies.js'
import { attacks } from './rig.js'

const held = attacks(test, {
  bodyTimeout: 1000,
  handshakeTimeout: 1000,
  idleTimeout: 1200,
  stallTimeout,
  unsentBytes: 4 << 20,
})
for (const shape of [halves, lengths, mutations, replies].flat()) test.serial(shape.name, held, shape)
