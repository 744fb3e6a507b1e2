import { type ConnectOptions, connect, disconnect, json, protobuf, webSocket } from '../../../src/web/index.js'
import { kinds } from '../../matrix/cells.js'
import { Streams, Unary } from '../../matrix/contract.js'
import { checkRow } from './check-row.js'
import { RemoteWitness } from './remote-witness.js'

/** Where the server of the test is, and who knows what it saw. */
export interface WebPlaces {
  readonly server: string
  readonly control: string
}

/** Calls a server with `polywire/web`. @returns what failed, by way to call and cell */
export async function callFromWeb({ server, control }: WebPlaces): Promise<Record<string, Record<string, string>>> {
  const witness = new RemoteWitness(control)
  const found: Record<string, Record<string, string>> = {}
  for (const codec of [json, protobuf]) {
    const check = async (protocol: 'http' | 'ws', ofKinds: readonly (typeof kinds)[number][]) => {
      const options: ConnectOptions = {
        codec,
        messageBytes: 8_000_000,
        ...(protocol === 'ws' && { requestStreams: webSocket }),
      }
      const remotes = { unary: connect(Unary, server, options), streams: connect(Streams, server, options) }
      const wire = { protocol, codec: codec.name, options: {}, lacks: {}, isOrdered: false }
      const name = `web ${protocol} ${codec.name}`
      try {
        return await checkRow({ wire, remotes, witness, name, kinds: ofKinds, isFetch: protocol === 'http' })
      } finally {
        await Promise.all([disconnect(remotes.unary), disconnect(remotes.streams)])
      }
    }
    found[`\`fetch\`, ${codec.name}`] = await check('http', kinds.slice(0, 2))
    found[`\`WebSocket\`, ${codec.name}`] = await check('ws', kinds.slice(2))
  }
  return found
}
