import { RpcError } from '../../core/rpc-error.js'
import { CliError } from '../cli-error.js'
import { ask } from '../health.js'
import { listens } from '../probe.js'
import { namedTarget } from '../project.js'
import { placeOf } from '../target.js'
import type { Check, Examined, Finding } from './check.js'
import { dialledTargets } from './targets.js'

/** Whether the port of a target on this machine is free for its server, or already has it. */
export const checkPorts: Check = async examined =>
  (await Promise.all(dialledTargets(examined).map(name => portOf(name, examined)))).flat()

const local = /^(?:[a-z]+:\/\/)?((?:127\.\d+\.\d+\.\d+|localhost|\[::1\])?:(\d+))(?:[/?]|$)/

async function portOf(name: string, { project, typed, env }: Examined): Promise<Finding[]> {
  const [, address = '', port] = local.exec(project?.targets[name]?.at ?? '') ?? []
  if (port === undefined) return []
  const id = 'port'
  try {
    await listens(address.startsWith(':') ? `127.0.0.1${address}` : address)
  } catch {
    return [{ id, state: 'ok', message: `${port} is free for ${name}` }]
  }
  try {
    const line = namedTarget({ ...typed, positionals: [name] }, env)
    await ask(await placeOf(line.positionals[0] ?? '', line), '', line)
    return [{ id, state: 'ok', message: `${port} is taken by ${name}` }]
  } catch (error) {
    if (!(error instanceof CliError) && !(error instanceof RpcError)) throw error
    const message = `${port} is taken, and what listens there does not answer as ${name} does`
    return [{ id, state: 'FAIL', message, why: error.message, fix: `find the program: lsof -i :${port}` }]
  }
}
