import type { Call } from '../core/call.js'
import { Code } from '../core/code.js'
import { engineHandler } from '../core/engine-handler.js'
import type { Policy, PolicyDefinition } from '../core/policy.js'
import { failure, misuse } from '../core/rpc-error.js'
import { type AuthorizationRule, authorize } from '../policies/authorize.js'
import { use } from '../policies/use.js'
import type { ServeOptions } from '../server/serve-options.js'
import type { AdminServices } from '../server/standard-services.js'
import { Channelz } from './channelz.js'

/** Who may call the admin services of gRPC. */
export interface AdminOptions {
  /**
   * Opens them to the calls for which it returns true, such as those with a client certificate, instead of the rule in `policies`. Default:
   * callers on this machine, which the rule in `policies` must admit too if there is one.
   */
  readonly authorize?: AuthorizationRule
}

/**
 * The services that gRFC A38 puts behind one switch: channelz. The other one, CSDS, shows xDS, which polywire does not have.
 * @throws RpcError `failed_precondition` (`misplaced_option`) if the server does not speak gRPC
 */
export function adminServices({ authorize: rule }: AdminOptions, options: ServeOptions): AdminServices {
  const { protocols, policies = [] } = options
  if (protocols !== undefined && !protocols.some(one => (typeof one === 'string' ? one : one.name) === 'grpc'))
    throw misuse('misplaced_option', 'admin: its services are offered over gRPC; add grpc to protocols')
  const others = policies.filter(({ name }) => name !== 'authorize')
  return {
    services: [new Channelz()],
    policies: rule === undefined ? [...policies, onlyLocal] : [...others, authorize(rule)],
  }
}

const admitLocal: Policy = next => engineHandler(call => (isLocal(call) ? next(call) : Promise.reject(notLocal(call))))

const onlyLocal: PolicyDefinition = /* @__PURE__ */ use(admitLocal, { name: 'admin', after: 'authorize' })

/** Whether the call comes from this machine. What a proxy forwards comes from elsewhere. */
function isLocal({ peer, headers }: Call): boolean {
  if (headers.has('forwarded') || headers.has('x-forwarded-for')) return false
  return peer !== undefined && /^(local$|\[::1\]:|127\.)/.test(peer.address)
}

function notLocal({ method }: Call): Error {
  return failure(
    'not_authorized',
    Code.permission_denied,
    `${method.path}: only this machine may call it; to open it to others, serve with { admin: { authorize } }`,
  )
}
