import type { Code } from '../../../src/index.js'
import { Sightings } from '../../matrix/contract.js'

/** What a server in another process prints, one line each, and what the test reads of it. */
export interface Told {
  readonly arrived?: string
  readonly canceled?: string
  readonly code?: Code
}

/** Prints what a server sees, so that the test in another process knows. */
export class TellingSightings extends Sightings {
  override arrived(key: string): number {
    tell({ arrived: key })
    return super.arrived(key)
  }

  override canceled(key: string, code: Code): void {
    tell({ canceled: key, code })
    super.canceled(key, code)
  }
}

/** Takes what another process has printed. */
export function learn(sightings: Sightings, { arrived, canceled, code }: Told): void {
  if (arrived !== undefined) sightings.arrived(arrived)
  if (canceled !== undefined && code !== undefined) sightings.canceled(canceled, code)
}

function tell(told: Told): void {
  console.log(JSON.stringify(told))
}
