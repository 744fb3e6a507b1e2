import { connect as connectTls } from 'node:tls'
import { withCall } from '../../client/proxy.js'
import { RpcError } from '../../core/rpc-error.js'
import { reflect } from '../../idl/proto/reflect.js'
import { placeOf as addressOf } from '../../protocols/open-socket.js'
import { CliError } from '../cli-error.js'
import { dialOptions, oneAttempt } from '../client.js'
import type { Typed } from '../command.js'
import { ask } from '../health.js'
import { OutOfReach, projectFix } from '../out-of-reach.js'
import { patienceOf } from '../probe.js'
import { namedTarget } from '../project.js'
import { type Place, placeOf } from '../target.js'
import type { Check, Examined, Finding } from './check.js'
import { wiresAt } from './wires.js'

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
  let place: Place | undefined
  try {
    const line = namedTarget({ ...typed, positionals: [name] }, env)
    place = await placeOf(line.positionals[0] ?? '', line)
    const [{ status }, wires] = await Promise.all([ask(place, '', line), wiresAt(place, patienceOf(line))])
    const state = status === 'SERVING' || status === 'REACHABLE' ? 'ok' : 'FAIL'
    const others = [certificateOf(id, place), openReflection(id, place, typed)]
    return [
      { id, state, message: `${place.url}: ${[wires.join(' '), status].filter(part => part !== '').join(', ')}` },
      ...(await Promise.all(others)).flat(),
    ]
  } catch (error) {
    if (!(error instanceof CliError) && !(error instanceof RpcError)) throw error
    const certificate = place === undefined ? [] : await certificateOf(id, place)
    if (certificate.some(({ state }) => state === 'FAIL')) return certificate
    const fix = error instanceof OutOfReach ? projectFix(error.remedy, place?.url ?? '') : hintOf(error)
    return [{ id, state: 'FAIL', message: error.message, ...(fix !== undefined && { fix }) }]
  }
}

function hintOf(error: Error): string | undefined {
  return error instanceof CliError ? error.hint : undefined
}

/** Days before the end of a certificate from which on it is a warning. */
const soon = 30
const day = 86_400_000

/** What is wrong with the end of a server's certificate. */
function certificateOf(id: string, { address, url, isSecure }: Place): Promise<Finding[]> {
  if (!isSecure) return Promise.resolve([])
  return new Promise(resolve => {
    const socket = connectTls({ ...addressOf(address, 443), rejectUnauthorized: false }, () => {
      const end = Date.parse(socket.getPeerCertificate().valid_to)
      socket.destroy()
      resolve(certificateFinding(id, url, { end, now: Date.now() }))
    })
    socket.once('error', () => resolve([]))
  })
}

/** @param times in milliseconds since 1970 */
export function certificateFinding(
  id: string,
  url: string,
  { end, now }: { readonly end: number; readonly now: number },
): Finding[] {
  if (end - now >= soon * day) return []
  const hasEnded = end <= now
  return [
    {
      id,
      state: hasEnded ? 'FAIL' : 'warn',
      message: `${url}: its certificate ${hasEnded ? 'ended' : 'ends'} on ${new Date(end).toISOString().slice(0, 10)}`,
      fix: 'renew it; server.setTls(...) takes the new one without a restart',
    },
  ]
}

const local = /^(?:unix:|localhost\b|127\.|\[::1\])/

/** A warning if a server that is not on this machine tells its contract to callers without headers. */
async function openReflection(id: string, { address, target, url, wire }: Place, typed: Typed): Promise<Finding[]> {
  if (wire !== 'grpc' || local.test(address)) return []
  try {
    const options = { ...oneAttempt, ...dialOptions(typed) }
    await reflect(target, options, remote => withCall(remote, { timeout: (typed.valueOf('timeout') ?? '5s') as '5s' }))
  } catch {
    return []
  }
  return [
    {
      id,
      state: 'warn',
      message: `${url}: reflection is open to strangers`,
      why: 'whoever reaches the server reads its contract, without any header',
      fix: 'leave out reflection there, or put authorize(...) before it',
    },
  ]
}
