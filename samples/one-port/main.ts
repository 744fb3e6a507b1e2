// One class on one port, called over every protocol and codec, plain and with TLS, and over a Unix socket: npm run sample:one-port
// It ends by itself. The exit code is 0 only if every wire returned the same.
import 'reflect-metadata'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { connect, disconnect, RpcError, serve } from 'polywire'
import { Checks } from '../hello/checks.js'
import { certificate } from './certificate.js'
import { Meter } from './meter.js'
import { ada, NameTaken, User, Users } from './users.js'

const codecs = [
  'json',
  'proto',
  'xml',
  'msgpack',
  'msgpack-compact',
  'avro',
  'thrift-binary',
  'thrift-compact',
  'thrift-json',
]
const wires: { protocol: string; codec?: string; transport?: string }[] = [
  ...codecs.map(codec => ({ protocol: 'http', codec })),
  ...codecs.map(codec => ({ protocol: 'grpc', codec })),
  ...['binary', 'compact'].flatMap(codec =>
    ['framed', 'buffered', 'header', 'http'].map(transport => ({ protocol: 'thrift', codec, transport })),
  ),
  ...['framed', 'http'].map(transport => ({ protocol: 'thrift', codec: 'json', transport })),
  ...['netty', 'framed', 'http'].map(transport => ({ protocol: 'avro', transport })),
]

const calls = 200
const checks = new Checks()
const began = performance.now()
const path = join(tmpdir(), `one-port-${process.pid}.sock`)
const server = await serve([Users], {
  listeners: [{ host: '127.0.0.1', tls: certificate, plain: true }, { path }],
})
const meter = await Meter.before(server.port)
console.log(`${Users.name} on ${server.address}: ${server.protocols.join(', ')}, each with TLS and without\n`)

/** Ways to the server. Bytes are counted at a socket between client and server, so they include what TLS adds. */
const ways = [
  { name: 'plain', metered: meter.address, direct: server.address },
  { name: 'TLS', metered: meter.address, direct: server.address, tls: { ca: certificate.cert } },
  { name: 'Unix', metered: undefined, direct: `unix:${path}` },
]

await warmUp()
const rows: string[][] = []
for (const { protocol, codec, transport } of wires) {
  const settings = [codec, transport].filter(Boolean).join(' ')
  const wire = { protocol, ...(codec && { codec }), ...(transport && { options: { transport } }) }
  const row = [protocol, settings]
  for (const { name, metered, direct, tls } of ways) {
    const reach = (endpoint: string) => connect(Users, { ...wire, endpoints: [endpoint], ...(tls && { tls }) })
    const users = reach(direct)
    let holds = (await echoes(users)) && (await refuses(users))
    if (metered !== undefined) {
      const counted = reach(metered)
      holds &&= await echoes(counted)
      row.push((await bytesOf(counted)).toFixed(0))
      await disconnect(counted)
    }
    row.push((await timeOf(users)).toFixed(0))
    checks.expect(`${protocol} ${settings}, ${name}: the record, its int64 and its declared error arrive whole`, holds)
    await disconnect(users)
  }
  rows.push(row)
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

/** Of one call and its reply on an open connection, after what belongs to the connection (HPACK, handshakes). */
async function bytesOf(users: Users): Promise<number> {
  const before = meter.bytes
  for (let i = 0; i < 10; i++) await users.save(ada)
  return (meter.bytes - before) / 10
}

/** Microseconds per call, one call after the other, with client and server in this process. */
async function timeOf(users: Users): Promise<number> {
  for (let i = 0; i < calls; i++) await users.save(ada)
  const start = performance.now()
  for (let i = 0; i < calls; i++) await users.save(ada)
  return ((performance.now() - start) * 1000) / calls
}

/** Compiles what all wires share before the first of them is measured. */
async function warmUp(): Promise<void> {
  const users = connect(Users, `http://${server.address}`)
  for (let i = 0; i < 5; i++) await timeOf(users)
  await disconnect(users)
}

function printTable(): void {
  const head = ['wire', 'settings', 'bytes', 'us', 'TLS: bytes', 'us', 'Unix: us']
  const widths = [8, 18, 8, 8, 14, 8, 12]
  console.log('\nOne call and its reply: bytes on the wire, and microseconds of client and server together')
  for (const row of [head, ...rows])
    console.log(
      row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(''),
    )
}
