import test from 'ava'
import { type CallOptions, type Call as CallType, defaultLimits, Headers, serve } from '../../src/index.js'
import { type Codec, connect, disconnect, json, protobuf, withCall } from '../../src/web/index.js'
import { type Kind, type Rig, scenarios, sender } from '../matrix/cells.js'
import { Order, Streams, StreamsService, Unary, UnaryService, Workshop } from '../matrix/contract.js'
import type { Wire } from '../matrix/wires.js'

const workshop = new Workshop()
const services = [new UnaryService(workshop), new StreamsService(workshop)]
const limits = { messageBytes: 2_000_000 }
let keys = 0

test.before(async t => {
  const server = await serve(services, { host: '127.0.0.1', limits, report: () => {} })
  t.context = `http://${server.address}`
  test.after.always(() => server.close())
})
