import { readdir } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { RpcError } from '../../core/rpc-error.js'
import { contractOf } from '../../idl/module-contract.js'
import type { MethodSchema } from '../../schema/service.js'
import { CliError } from '../cli-error.js'
import { wiresOf } from '../describe-text.js'
import { loadModule } from '../load-module.js'
import type { Check, Finding } from './check.js'

/** What start-up would refuse, found without starting. */
export const checkContracts: Check = async ({ project }) => {
  if (project === undefined || project.contracts.length === 0) return []
  const folder = dirname(project.path)
  const methods: MethodSchema[] = []
  const failures: Finding[] = []
  let services = 0
  for (const pattern of project.contracts) {
    const paths = await matching(pattern, folder)
    if (paths.length === 0) failures.push({ id: 'contracts', state: 'FAIL', message: `${pattern} matches no file` })
    for (const path of paths) {
      try {
        const contract = contractOf(await loadModule(path))
        services += contract.services.length
        methods.push(...contract.services.flatMap(one => one.methods))
      } catch (error) {
        if (!(error instanceof CliError) && !(error instanceof RpcError)) throw error
        failures.push({ id: 'contracts', state: 'FAIL', message: messageOf(error, relative(folder, path), path) })
      }
    }
  }
  if (failures.length > 0) return failures
  const message = `${services} service${services === 1 ? '' : 's'}; ${carried(methods)}`
  return [{ id: 'contracts', state: services === 0 ? 'warn' : 'ok', message }]
}

/** The error, with the file named as in the project. */
function messageOf({ message }: Error, name: string, path: string): string {
  return message.includes(path) ? message.replaceAll(path, name) : `${name}: ${message}`
}

/** `grpc and http carry all, thrift and avro 9 of 11 methods` */
function carried(methods: readonly MethodSchema[]): string {
  const byCount = new Map<number, string[]>()
  for (const wire of ['grpc', 'http', 'thrift', 'avro']) {
    const count = methods.filter(method => wiresOf(method).includes(wire)).length
    byCount.set(count, [...(byCount.get(count) ?? []), wire])
  }
  const texts = [...byCount].map(
    ([count, wires]) =>
      `${wires.join(' and ')} ${count === methods.length ? `carry all ${count}` : `carry ${count} of ${methods.length}`}`,
  )
  return `${texts.join(', ')} methods`
}

/** The files of a path, in which a star stands for a part of a name, and two stars for folders. */
async function matching(pattern: string, folder: string): Promise<string[]> {
  if (!pattern.includes('*')) return [resolve(folder, pattern)]
  const fixed = pattern.slice(0, pattern.indexOf('*'))
  const base = fixed.slice(0, fixed.lastIndexOf('/') + 1)
  const source = pattern
    .slice(base.length)
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*/g, stars => (stars === '*' ? '[^/]*' : '(?:.*/)?'))
  const expression = new RegExp(`^${source}$`)
  const names = await readdir(resolve(folder, base), { recursive: true }).catch((): string[] => [])
  return names
    .filter(name => expression.test(name.replaceAll('\\', '/')))
    .sort()
    .map(name => resolve(folder, base, name))
}
