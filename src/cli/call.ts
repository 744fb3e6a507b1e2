import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { Calling } from './calling.js'
import { CliError } from './cli-error.js'
import { clientOf } from './client.js'
import type { Typed } from './command.js'
import { contractFor } from './contract.js'
import { findMethod } from './find-method.js'
import { headersOf, shownHeader } from './headers.js'
import { Measured } from './measured.js'
import { requestsOf } from './request.js'
import { type Place, placeOf } from './target.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [target, name, ...data] = typed.positionals
  if (target === undefined || name === undefined)
    throw new CliError('call takes TARGET METHOD [DATA...]', { hint: 'polywire help call' })
  const place = await placeOf(target, typed)
  const dialled = performance.now()
  const { services, messages, notes, origin } = await contractFor(place, typed)
  for (const note of [...notes, ...lostHeaders(place, typed)]) terminal.err(`${note}\n`)
  const found = findMethod(name, services, typed)
  const { method } = found
  const reflectionMs = typed.valuesOf('contract').length > 0 ? undefined : performance.now() - dialled
  const requests = await requestsOf(data, method, typed, terminal.stdin)
  const measured = new Measured(
    typed.has('verbose')
      ? (address, socket) => {
          const { protocol } = place.target
          terminal.err(`> ${protocol} ${connectionText(address, socket)}, contract by ${origin}\n`)
          terminal.err(`> ${method.path.slice(1)}${headersText(typed)}\n`)
        }
      : undefined,
  )
  const client = clientOf(found, place, { typed, measured })
  try {
    return await new Calling({ typed, terminal, method, place, measured, reflectionMs, messages }).perform(
      client,
      requests,
    )
  } finally {
    await client[Symbol.asyncDispose]()
  }
}

/** A warning if headers were given to a wire that has none. */
function lostHeaders({ wire, target: { options = {} } }: Place, typed: Typed): string[] {
  const { transport = 'framed' } = options
  if (typed.valuesOf('header').length === 0 || typed.has('quiet')) return []
  if (wire !== 'thrift' || transport === 'header' || transport === 'http') return []
  return [`warn: ${transport} Thrift has no headers, so those of -H are not sent; ?transport=header has them`]
}

/** The connection of a call, for `-v`: `orders.example.com:443 (10.2.0.17), TLS 1.3, h2`. */
function connectionText(address: string, socket: Socket | undefined): string {
  const { remoteAddress, remotePort } = socket ?? {}
  const isWhole = remotePort === undefined || /:\d+$/.test(address)
  const place = isWhole ? address : `${address}:${remotePort}`
  const ip = remoteAddress === undefined || place.includes(remoteAddress) ? '' : ` (${remoteAddress})`
  const secured =
    socket instanceof TLSSocket ? [socket.getProtocol()?.replace('TLSv', 'TLS '), socket.alpnProtocol] : []
  return [`${place}${ip}`, ...secured.filter(Boolean)].join(', ')
}

function headersText(typed: Typed): string {
  return [...headersOf(typed)].map(([name, value]) => `  ${name}: ${shownHeader(name, value, typed)}`).join('')
}
