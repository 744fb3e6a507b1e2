import { compressionGzip } from '@connectrpc/connect-node'

export type Wire = 'json' | 'proto'
export const wires: readonly Wire[] = ['json', 'proto']

/** Plain; and every message compressed, empty ones and the ends of streams too. */
const manners = [
  { name: '', compressMinBytes: 1_000_000 },
  { name: ', all compressed', compressMinBytes: 0, sendCompression: compressionGzip },
] as const

/** How a stock peer and polywire talk to each other. */
export interface Cell {
  readonly version: '1.1' | '2'
  readonly wire: Wire
  readonly manner: (typeof manners)[number]
}

export const cells: readonly Cell[] = (['1.1', '2'] as const).flatMap(version =>
  wires.flatMap(wire => manners.map(manner => ({ version, wire, manner }))),
)

export function cellName({ version, wire, manner }: Cell): string {
  return `HTTP/${version}, ${wire}${manner.name}`
}

export const at = new Date('2026-01-02T03:04:05.678Z')

export async function totals(stream: AsyncIterable<{ total: bigint }>): Promise<bigint[]> {
  const list: bigint[] = []
  for await (const { total } of stream) list.push(total)
  return list
}
