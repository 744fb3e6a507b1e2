import type { MethodSchema } from '../../schema/service.js'
import { wiresOf } from '../describe-text.js'
import { contractsIn } from '../project-contracts.js'
import type { Check } from './check.js'

/** What start-up would refuse, found without starting. */
export const checkContracts: Check = async ({ project }) => {
  if (project === undefined || project.contracts.length === 0) return []
  const found = await contractsIn(project)
  const problems = found.flatMap(one => ('problem' in one ? [one] : []))
  if (problems.length > 0)
    return problems.map(({ problem, fix }) => ({
      id: 'contracts',
      state: 'FAIL',
      message: problem,
      ...(fix !== undefined && { fix }),
    }))
  const services = found.flatMap(one => ('contract' in one ? one.contract.services : []))
  const count = `${services.length} service${services.length === 1 ? '' : 's'}`
  const message = `${count}; ${carried(services.flatMap(({ methods }) => methods))}`
  return [{ id: 'contracts', state: services.length === 0 ? 'warn' : 'ok', message }]
}

const wires = { grpc: 'gRPC', http: 'HTTP', thrift: 'Thrift', avro: 'Avro' }

/** `gRPC and HTTP carry all, Thrift and Avro 9 of 11 methods` */
function carried(methods: readonly MethodSchema[]): string {
  const byCount = new Map<number, string[]>()
  for (const [wire, name] of Object.entries(wires)) {
    const count = methods.filter(method => wiresOf(method).includes(wire)).length
    byCount.set(count, [...(byCount.get(count) ?? []), name])
  }
  const texts = [...byCount].map(([count, names], at) => {
    const share = count === methods.length ? 'all' : `${count} of ${methods.length}`
    return `${names.join(', ').replace(/, (?=[^,]*$)/, ' and ')}${at === 0 ? ' carry' : ''} ${share}`
  })
  return `${texts.join(', ')} methods`
}
