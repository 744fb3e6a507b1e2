// Both sides by a program in another language. Variant: the work and the program: `unary /tmp/.../echo`.
import type { ForeignClient, ForeignServer } from '../harness/contender.js'
import { foreignClient, foreignServer } from '../harness/foreign.js'

export function listen(variant: string): Promise<ForeignServer> {
  return foreignServer(partsOf(variant).program)
}

export function connect(address: string, variant: string): Promise<ForeignClient> {
  const { work, program } = partsOf(variant)
  return foreignClient(program, address, work === 'latency' ? 'unary' : work)
}

function partsOf(variant: string): { work: string; program: string } {
  const [work = ''] = variant.split(' ', 1)
  return { work, program: variant.slice(work.length + 1) }
}
