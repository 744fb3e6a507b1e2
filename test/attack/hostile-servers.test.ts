import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { Code } from '../../src/index.js'
import { Child } from './child.js'
import * as h2 from './h2.js'
import { type Hostility, hostilities } from './hostilities.js'

/** How a call of ours to a hostile server ended. */
export interface Outcome {
  /** -1: an error that is none of ours. Undefined: it succeeded. */
  readonly code: number | undefined
  readonly message: string
  /** Milliseconds. */
  readonly took: number
}

/** What calls at the same time have come to. */
export interface Outcomes {
  /** In the order of the targets. */
  readonly outcomes: readonly Outcome[]
  /** Bytes of memory, at the worst moment. */
  readonly peak: number
}

/** Milliseconds: a call's deadline is 700, and the machine may be busy. */
const latest = 5000
const mebibyte = 1 << 20
/** Servers that are called at the same time. */
const atOnce = 8
const greeting = Buffer.concat([h2.settings(), h2.frame(h2.Type.settings, 1, 0)])

/** Resolves when the client has said enough to be answered. */
function begun(socket: Socket, greets: boolean): Promise<void> {
  let received = ''
  return new Promise(resolve => {
    socket.on('data', chunk => {
      if (received === '' && greets) socket.write(greeting)
      received += chunk.toString('latin1')
      if (!greets || h2.frames(received.slice(h2.preface.length)).some(({ type }) => type === h2.Type.headers))
        resolve()
    })
  })
}

async function hostile({ reply, endless, closes, greets }: Hostility, sockets: Set<Socket>): Promise<Server> {
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    void begun(socket, greets === true).then(() => {
      socket.write(reply as string)
      const more = () => {
        while (!socket.destroyed && endless !== undefined && socket.write(endless as string));
      }
      socket.on('drain', more)
      more()
      if (closes) socket.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

let caller: Child<unknown, string, Outcomes> | undefined
test.after.always(() => caller?.kill())

async function survives(t: ExecutionContext, group: readonly Hostility[]): Promise<void> {
  t.timeout(20_000)
  const sockets = new Set<Socket>()
  const servers = await Promise.all(group.map(hostility => hostile(hostility, sockets)))
  const ports = servers.map(server => (server.address() as { port: number }).port)
  const targets = group.map(({ wire }, index) => wire.replace('AT', `127.0.0.1:${ports[index]}`))
  caller ??= await Child.start<unknown, string, Outcomes>('./caller.js', [])
  const seen = await Promise.race([
    caller.ask(targets.join(' ')),
    new Promise<undefined>(resolve => setTimeout(resolve, 8000, undefined)),
  ])
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
  if (seen === undefined) {
    const { stderr } = caller
    await caller.kill()
    caller = undefined
    return t.fail(`the client is gone or hangs: ${stderr}`)
  }
  for (const [index, { code, message, took }] of seen.outcomes.entries()) {
    const { name, wire, codes } = group[index] as Hostility
    const what = `${name}, ${wire}, code ${code} after ${took.toFixed(0)} ms: ${message}`
    if (codes?.length === 0) t.is(code, undefined, what)
    else if (codes === undefined) t.true(code !== undefined && code > 0, `an error of ours: ${what}`)
    else t.true(codes.includes(code as Code), what)
    t.true(took < latest, what)
  }
  t.log(`peak ${(seen.peak / mebibyte).toFixed(1)} MiB`)
  t.true(seen.peak < 96 * mebibyte, `${(seen.peak / mebibyte).toFixed(1)} MiB`)
  t.is(caller.stderr, '', 'nothing on stderr')
}

/** Those that a client has to see through before its deadline are not called beside those that keep it busy until then. */
const isMeasured = ({ codes }: Hostility) => codes?.length === 1 && codes[0] === Code.resource_exhausted
const others = hostilities.filter(hostility => !isMeasured(hostility))
const count = Math.ceil(others.length / atOnce)
const groups = [
  hostilities.filter(isMeasured),
  // What keeps a client busy longest stands side by side in the list, and is spread.
  ...Array.from({ length: count }, (_, group) => others.filter((_, index) => index % count === group)),
]
for (const [index, group] of groups.entries())
  test.serial(`a client survives hostile servers, ${index + 1} of ${groups.length} groups`, survives, group)
