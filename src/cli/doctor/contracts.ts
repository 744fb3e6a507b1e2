import type { MethodSchema } from '../../schema/service.js'
import { wiresOf } from '../describe-text.js'
import { contractsIn } from '../project-contracts.js'
import type { Check } from './check.js'

/** What start-up would refuse, found without starting. */
export const checkContracts: Check = async ({ project }) => {
  if (project === undefined || project.contracts.length === 0) return []
  const found = await contractsIn(project)
  const problems = found.flatMap(one => ('problem' in one ? [one.problem] : []))
  if (problems.length > 0) return problems.map(message => ({ id: 'contracts', state: 'FAIL', message }))
  const services = found.flatMap(one => ('contract' in one ? one.contract.services : []))
  const count = `${services.length} service${services.length === 1 ? '' : 's'}`
  const message = `${count}; ${carried(services.flatMap(({ methods }) => methods))}`
  return [{ id: 'contracts', state: services.length === 0 ? 'warn' : 'ok', message }]
}

/** `grpc and http carry all 11, thrift and avro carry 9 of 11 methods` */
function carried(methods: readonly MethodSchema[]): string {
  const byCount = new Map<number, string[]>()
  for (const wire of ['grpc', 'http', 'thrift', 'avro']) {
    const count = methods.filter(method => wiresOf(method).includes(wire)).length
    byCount.set(count, [...(byCount.get(count) ?? []), wire])
  }
  const texts = [...byCount].map(([count, wires]) => {
    const share = count === methods.length ? `all ${count}` : `${count} of ${methods.length}`
    return `${wires.join(' and ')} carry ${share}`
  })
  return `${texts.join(', ')} methods`
}
