import type { TargetObject } from '../../../src/index.js'
import { authority } from '../../fixtures/certificates.js'
import { transportWires, type Wire, wireName } from '../../matrix/wires.js'

/** Where a server of the test listens, by what carries the bytes. */
export interface Places {
  readonly TCP: string
  readonly TLS: string
  readonly unix: string
}

/** One wire over one carrier. */
export interface Row {
  readonly name: string
  readonly wire: Wire
  readonly over: keyof Places
}

/** What carries bytes. */
export const carriers = ['TCP', 'TLS', 'unix'] as const

/** Every wire that needs sockets, over each carrier. Codecs are the same code in every runtime. */
export const rows: readonly Row[] = transportWires
  .filter(({ protocol }) => protocol !== 'memory')
  .flatMap(wire => carriers.map(over => ({ name: `${wireName(wire)} over ${over}`, wire, over })))

export function targetOf({ wire: { protocol, codec, options }, over }: Row, places: Places): TargetObject {
  const tls = over === 'TLS' ? { tls: { ca: authority } } : {}
  return { protocol, codec, options, endpoints: [places[over]], ...tls }
}
