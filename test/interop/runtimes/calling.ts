import { connectAll } from '../../../src/client/connect.js'
import { disconnect } from '../../../src/index.js'
import type { Remotes } from '../../matrix/cells.js'
import { Streams, Unary, type Witness } from '../../matrix/contract.js'
import { checkRow } from './check-row.js'
import { type Places, type Row, rows, targetOf } from './rows.js'

/** Calls a server over every wire by one carrier. @returns what failed, by row and cell */
export async function callEverywhere(
  over: Row['over'],
  places: Places,
  witness: Witness,
): Promise<Record<string, Record<string, string>>> {
  const found: Record<string, Record<string, string>> = {}
  for (const row of rows.filter(row => row.over === over)) found[row.name] = await callOver(row, places, witness)
  return found
}

async function callOver(row: Row, places: Places, witness: Witness): Promise<Record<string, string>> {
  const { wire, name } = row
  const services = wire.lacks.streams === undefined ? [Unary, Streams] : [Unary]
  // The limit is wider than the server's, so that the server refuses.
  const remotes = connectAll(services, targetOf(row, places), { limits: { messageBytes: 8_000_000 } })
  const pair = { unary: remotes.get(Unary), streams: remotes.get(Streams) } as Remotes
  try {
    return await checkRow({ wire, name, witness, remotes: pair })
  } catch (error) {
    return { start: (error as Error).message }
  } finally {
    await Promise.all([...remotes.values()].map(remote => disconnect(remote)))
  }
}
