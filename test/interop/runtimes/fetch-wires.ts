import { connectAll } from '../../../src/client/connect.js'
import { disconnect, type TargetObject } from '../../../src/index.js'
import type { Remotes } from '../../matrix/cells.js'
import { Streams, Unary, type Witness } from '../../matrix/contract.js'
import { grpcWebClient } from '../../matrix/grpc-web-client.js'
import { restClient } from '../../matrix/rest-client.js'
import { type Wire, webWires } from '../../matrix/wires.js'
import { checkRow } from './check-row.js'

/** What `fetchHandler` serves: Connect, gRPC-Web and REST. Codecs are the same code in every runtime. */
export const fetchWires: readonly Wire[] = webWires

/** Calls `fetchHandler` behind the server of a runtime. @returns what failed, by cell */
export async function callFetch(wire: Wire, port: number, witness: Witness): Promise<Record<string, string>> {
  const protocol = wire.protocol === 'fetch' ? 'http' : wire.protocol
  const { codec, options } = wire
  const target: TargetObject = { protocol, codec, options, endpoints: [`127.0.0.1:${port}`] }
  const remotes = connectAll([Unary, Streams], target, {
    protocols: [restClient, grpcWebClient],
    limits: { messageBytes: 8_000_000 },
  })
  const pair = { unary: remotes.get(Unary), streams: remotes.get(Streams) } as Remotes
  try {
    return await checkRow({
      wire,
      name: `${wire.protocol} ${codec} ${options.transport ?? ''}`,
      witness,
      isFetch: true,
      remotes: pair,
    })
  } finally {
    await Promise.all([...remotes.values()].map(remote => disconnect(remote)))
  }
}
