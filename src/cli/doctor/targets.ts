import { connect as connectTls } from 'node:tls'
import { RpcError } from '../../core/rpc-error.js'
import { placeOf as addressOf } from '../../protocols/open-socket.js'
import { CliError } from '../cli-error.js'
import type { Typed } from '../command.js'
import { ask } from '../health.js'
import { namedTarget } from '../project.js'
import { type Place, placeOf } from '../target.js'
import type { Check, Examined, Finding } from './check.js'

/** Whether each target of the project file can be reached, serves, and has a certificate that lasts. */
export const checkTargets: Check = async examined => {
  const { typed, env } = examined
  return (await Promise.all(dialledTargets(examined).map(name => check(name, typed, env)))).flat()
}

/** The names of the targets that may be dialled: in CI none, unless --targets is given. */
export function dialledTargets({ project, env, typed }: Examined): string[] {
  return project === undefined || (env.CI && !typed.has('targets')) ? [] : Object.keys(project.targets)
}

async function check(name: string, typed: Typed, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const id = `target ${name}`
  try {
    const line = namedTarget({ ...typed, positionals: [name] }, env)
    const place = await placeOf(line.positionals[0] ?? '', line)
    const { status } = await ask(place, '', line)
    const state = status === 'SERVING' || status === 'REACHABLE' ? 'ok' : 'FAIL'
    const ends = place.isSecure ? await certificateOf(id, place) : []
    return [{ id, state, message: `${place.url}: ${status}` }, ...ends]
  } catch (error) {
    if (!(error instanceof CliError) && !(error instanceof RpcError)) throw error
    return [
      {
        id,
        state: 'FAIL',
        message: error.message,
        ...(error instanceof CliError && error.hint && { fix: error.hint }),
      },
    ]
  }
}

/** Days before the end of a certificate from which on it is a warning. */
const soon = 30
const day = 86_400_000

/** A warning if the certificate of a server ends soon. */
function certificateOf(id: string, { address }: Place): Promise<Finding[]> {
  return new Promise(resolve => {
    const socket = connectTls({ ...addressOf(address, 443), rejectUnauthorized: false }, () => {
      const { valid_to: end } = socket.getPeerCertificate()
      socket.destroy()
      const days = Math.floor((Date.parse(end) - Date.now()) / day)
      const on = new Date(end).toISOString().slice(0, 10)
      resolve(days >= soon ? [] : [{ id, state: 'warn', message: `its certificate ends on ${on}`, fix: 'renew it' }])
    })
    socket.once('error', () => resolve([]))
  })
}
