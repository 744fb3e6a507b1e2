import { lookup } from 'node:dns/promises'
import { parseTarget } from '../../client/target.js'
import { listens } from '../probe.js'
import type { Check, Finding } from './check.js'
import { dialledTargets } from './targets.js'

/** Whether the registries that targets name can be asked. */
export const checkRegistries: Check = async examined => {
  const found = dialledTargets(examined).map(name => registryOf(name, examined.project?.targets[name]?.at ?? ''))
  return (await Promise.all(found)).flat()
}

async function registryOf(name: string, at: string): Promise<Finding[]> {
  // Malformed ones are the target's own finding.
  const [, scheme] = /^[a-z]+\+([a-z]+):\/\//.exec(at) ?? []
  if (scheme !== 'dns' && scheme !== 'etcd') return []
  const { authority = '' } = parseTarget(at)
  const addresses = authority.split(',')
  const results = await Promise.all(addresses.map(address => (scheme === 'dns' ? resolves(address) : reached(address))))
  return results.map((problem, index): Finding => {
    const id = 'registry'
    const what = `${scheme} ${addresses[index]} of target ${name}`
    return problem === undefined
      ? { id, state: 'ok', message: what }
      : { id, state: 'FAIL', message: `${what}: ${problem}` }
  })
}

/** @returns what is wrong */
async function resolves(address: string): Promise<string | undefined> {
  const host = address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return lookup(host).then(
    () => undefined,
    () => `${host} is not known to DNS`,
  )
}

async function reached(address: string): Promise<string | undefined> {
  return listens(address).then(
    () => undefined,
    (error: Error) => error.message,
  )
}
