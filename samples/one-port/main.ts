// One class on one port, called over every protocol and codec: npm run sample:one-port
// It ends by itself, with exit code 0 only if every wire brought the same.
import 'reflect-metadata'
import { isDeepStrictEqual } from 'node:util'
import { connect, disconnect, RpcError, serve } from 'polywire'
import { Checks } from '../hello/checks.js'
import { Meter } from './meter.js'
import { ada, NameTaken, User, Users } from './users.js'

const codecs = ['json', 'proto', 'xml', 'msgpack', 'msgpack-compact', 'avro']
const wires = [
  ...codecs.map(codec => ['http', `codec=${codec}`]),
  ...codecs.map(codec => ['grpc', `codec=${codec}`]),
  ...['codec=binary', 'codec=compact'].flatMap(codec =>
    ['framed', 'buffered', 'header', 'http'].map(transport => ['thrift', `${codec}&transport=${transport}`]),
  ),
  ...['netty', 'framed', 'http'].map(transport => ['avro', `transport=${transport}`]),
] as [string, string][]

const calls = 300
const checks = new Checks()
const began = performance.now()
const server = await serve([Users], { host: '127.0.0.1' })
const meter = await Meter.before(server.port)
console.log(`${Users.name} on ${server.address}: ${server.protocols.join(', ')}\n`)

await warmUp()
const rows: { wire: string; settings: string; bytes: number; time: number }[] = []
for (const [protocol, settings] of wires) {
  const metered = connect(Users, `${protocol}://${meter.address}?${settings}`)
  const direct = connect(Users, `${protocol}://${server.address}?${settings}`)
  const holds = (await echoes(metered)) && (await echoes(direct)) && (await refuses(metered))
  checks.expect(`${protocol} ${settings}: the record, its int64 and its declared error arrive whole`, holds)
  const bytes = await bytesOf(metered)
  const time = await timeOf(direct)
  rows.push({ wire: protocol, settings, bytes, time })
  await Promise.all([disconnect(metered), disconnect(direct)])
}

printTable()
await Promise.all([meter.close(), server.close()])
process.exitCode = checks.finish((performance.now() - began) / 1000)

async function echoes(users: Users): Promise<boolean> {
  const reply = await users.save(ada)
  return reply instanceof User && isDeepStrictEqual({ ...reply }, { ...ada })
}

async function refuses(users: Users): Promise<boolean> {
  try {
    await users.save(Object.assign(new User(), { name: 'root' }))
    return false
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    return error instanceof NameTaken && error.taken === 'root'
  }
}

/** Of one call and its reply, on a connection that stands; what belongs to the connection (HPACK, handshakes) has passed. */
async function bytesOf(users: Users): Promise<number> {
  const before = meter.bytes
  for (let i = 0; i < 10; i++) await users.save(ada)
  return (meter.bytes - before) / 10
}

/** Microseconds of one call after the other, client and server in this one process. */
async function timeOf(users: Users): Promise<number> {
  for (let i = 0; i < calls; i++) await users.save(ada)
  const start = performance.now()
  for (let i = 0; i < calls; i++) await users.save(ada)
  return ((performance.now() - start) * 1000) / calls
}

/** What all wires share is compiled before the first of them is measured. */
async function warmUp(): Promise<void> {
  const users = connect(Users, `http://${server.address}`)
  for (let i = 0; i < 5; i++) await timeOf(users)
  await disconnect(users)
}

function printTable(): void {
  console.log(`\n${'wire'.padEnd(8)}${'settings'.padEnd(34)}${'bytes a call'.padStart(14)}${'us a call'.padStart(12)}`)
  for (const { wire, settings, bytes, time } of rows)
    console.log(
      `${wire.padEnd(8)}${settings.padEnd(34)}${bytes.toFixed(0).padStart(14)}${time.toFixed(0).padStart(12)}`,
    )
}
