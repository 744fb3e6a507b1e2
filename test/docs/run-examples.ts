// Runs files one after another in one process, and writes their outcomes into a file. Arguments: that file, hello.js, and the files. Ports are
// virtual: an example that listens on 8080 gets a free port, and an address that no example listens on leads to a server of hello.js.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { serve } from '../../src/index.js'

export interface Outcome {
  readonly file: string
  readonly output: string
  /** undefined if it ran. */
  readonly error?: string | undefined
}

interface Address {
  readonly port?: number | string | undefined
  readonly path?: string | null | undefined
  readonly host?: string | undefined
}

const sockets = mkdtempSync(join(tmpdir(), 'polywire-examples-'))
/** By the port that the page says. */
const real = new Map<number, number>()
const listening = new Set<number>()
const { listen } = Server.prototype
const { connect } = Socket.prototype
let otherwise = 0
let page = 0

Server.prototype.listen = function (this: Server, ...args: unknown[]) {
  const [first] = args
  const place = (typeof first === 'object' && first !== null ? first : { port: first }) as Address
  const rest = args.filter(arg => typeof arg === 'function')
  if (typeof place.path === 'string') return listen.call(this, { path: inTemp(place.path) }, ...(rest as []))
  const asked = Number(place.port)
  this.once('listening', () => {
    const address = this.address()
    if (typeof address !== 'object' || address === null) return
    listening.add(address.port)
    if (asked > 0) real.set(asked, address.port)
  })
  return listen.call(this, { host: '127.0.0.1', port: 0 }, ...(rest as []))
} as typeof listen

Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  // net.connect passes its arguments as one list, which it marks with a symbol.
  const list = (Array.isArray(args[0]) ? args[0] : args) as unknown[]
  const [first] = list
  const place = (typeof first === 'object' && first !== null ? first : { port: first }) as Address
  const port = Number(place.port)
  const known = real.get(port) ?? (listening.has(port) ? port : otherwise)
  const to =
    typeof place.path !== 'string'
      ? { ...place, host: '127.0.0.1', port: known }
      : { ...place, path: inTemp(place.path) }
  return connect.call(this, to as never, ...(list.filter(arg => typeof arg === 'function') as []))
} as typeof connect

function inTemp(path: string): string {
  return path.startsWith(sockets) ? path : join(sockets, `${page}-${basename(path)}`)
}

// The clock of polywire's timers runs at a twentieth of the speed, so that a deadline of 50 ms holds on a busy machine.
const now = performance.now.bind(performance)
performance.now = () => now() / 20

const [report = '', hello = '', ...files] = process.argv.slice(2)
const { HelloService } = await import(pathToFileURL(hello).href)
const { port = 0 } = await serve([HelloService], { port: 0, report: () => {} })
otherwise = port
const lines: string[] = []
const failures: unknown[] = []
console.log = (...values: unknown[]) => {
  lines.push(values.map(value => (typeof value === 'string' ? value : inspect(value))).join(' '))
}
process.on('unhandledRejection', error => failures.push(error))
process.on('uncaughtException', error => failures.push(error))

/** The end of the file, or the first failure that it does not handle. */
async function run(file: string): Promise<Outcome> {
  lines.length = 0
  failures.length = 0
  const timer = setTimeout(() => failures.push(new Error('it still runs after 30 s')), 30_000)
  const ended = import(pathToFileURL(file).href).then(
    () => true,
    error => failures.push(error),
  )
  while (
    !(await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 20, false))])) &&
    failures.length === 0
  );
  clearTimeout(timer)
  await new Promise(resolve => setImmediate(resolve))
  const output = lines.map(line => `${line}\n`).join('')
  return failures.length === 0 ? { file, output } : { file, output, error: inspect(failures[0]) }
}

const outcomes: Outcome[] = []
for (const [at, file] of files.entries()) {
  if (dirname(file) !== dirname(files[at - 1] ?? '')) {
    real.clear()
    page++
    process.chdir(dirname(file))
  }
  outcomes.push(await run(file))
}
writeFileSync(report, JSON.stringify(outcomes))
process.exit()
