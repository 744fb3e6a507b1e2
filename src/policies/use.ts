import { choice, type OptionReader, type OptionReaders, optional, readOptions, refused } from '../core/options.js'
import type { Place, Policy, PolicyDefinition, Stage } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'
import { checkPlace, namesIn, type PlaceName, stages } from './order.js'

/** Options of `@Use` and `use`. */
export interface UseOptions {
  /** Default: the function's name. Two policies of one name do not stack: the nearer one wins. */
  readonly name?: string
  /**
   * `call`: client, around all attempts. `attempt`: client, each try. `handler`: server, around the method. Default: the stage of the
   * policy that `before` or `after` names (in `serve` its handler stage, elsewhere its first); without those `handler` in `serve`, `call`
   * elsewhere.
   */
  readonly stage?: Stage
  /** Runs directly outside of this policy. Default: outermost of the call. */
  readonly before?: PlaceName
  /** Runs directly inside of this policy. Default: `waitForReady` in an attempt (the endpoint is known), `validate` in a handler. */
  readonly after?: PlaceName
}

const text: OptionReader<string | undefined> = (value, where) => {
  if (value === undefined || typeof value === 'string') return value
  throw refused(where, 'a text', value)
}

const readers = {
  name: text,
  stage: /* @__PURE__ */ optional(/* @__PURE__ */ choice(stages, 'call')),
  before: text,
  after: text,
} satisfies OptionReaders<UseOptions>

/**
 * Makes a policy of a function, as a value.
 *
 * A function wraps the rest of the call: `next => call => next(call)`. It may run code around it, reply by itself, or throw.
 * In `connect` it runs at the client, around all attempts; in `serve` around the handler. `stage`, `before` and `after` place it elsewhere.
 *
 * @example
 * connect(Hello, target, { policies: [use(timed)] })
 * await serve([Hello], { policies: [use(audited, { after: 'authorize' })] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if the function has no name, its name is taken, or its place does not exist
 * @see docs/guide/policies.md#custom-policies
 */
export function use(policy: Policy, options: UseOptions = {}): PolicyDefinition {
  if (typeof policy !== 'function') throw refused('use: the policy', 'a function, next => call => next(call)', policy)
  const { name = policy.name, stage, before, after } = readOptions('use', options, readers)
  if (name === '')
    throw misuse(
      'invalid_policy',
      "use: the policy has no name; write use(policy, { name: 'timed' }) or name the function",
    )
  if (stages.some(stage => namesIn(stage).includes(name)))
    throw misuse('invalid_policy', `use: ${name} is the name of a built-in policy; choose another name`)
  if (before !== undefined && after !== undefined)
    throw misuse('invalid_policy', `use: ${name} has both before and after; leave out one of them`)
  const place = before !== undefined ? { before } : after !== undefined ? { after } : undefined
  const [first, ...others] = stagesFor(name, stage, place)
  const inStage = (stage: Stage): PolicyDefinition =>
    Object.freeze({
      name,
      stages: [stage],
      ...(place === undefined ? {} : { places: { [stage]: place } }),
      summary: name,
      build: () => policy,
    })
  const definition = inStage(first as Stage)
  return others.includes('handler') ? Object.freeze({ ...definition, inServer: inStage('handler') }) : definition
}

/**
 * Runs a function around the calls of a method, or of all methods of a class, at the client: a histogram, an audit line, a header. `stage`,
 * `before` and `after` move it elsewhere.
 *
 * @example
 * @Method({ accepts: HelloRequest, returns: HelloReply }) @Use(timed) @Use(audited, { after: 'authorize' })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if the function has no name, its name is taken, or its place does not exist
 * @see docs/guide/policies.md#custom-policies
 */
export function Use(policy: Policy, options: UseOptions = {}): PolicyDecorator {
  return declarePolicy(use(policy, options))
}

/** The stages in which the policy could run, the default first. */
function stagesFor(name: string, stage: Stage | undefined, place: Place | undefined): readonly Stage[] {
  if (stage !== undefined) {
    if (place !== undefined) checkPlace(`use: ${name}`, stage, place)
    return [stage]
  }
  if (place === undefined) return ['call', 'handler']
  const step = 'before' in place ? place.before : place.after
  const found = stages.filter(one => namesIn(one).includes(step))
  if (found.length > 0) return found
  const names = [...new Set(stages.flatMap(namesIn))]
  throw misuse(
    'invalid_policy',
    `use: ${name} is placed beside ${JSON.stringify(step)}, which is not a policy; write one of ${names.join(', ')}`,
  )
}
