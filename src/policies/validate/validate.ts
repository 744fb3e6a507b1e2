/**
 * Problem: every handler would start with the same lines that check its request.
 *
 * Messages whose classes carry class-validator's decorators are checked before the handler sees them, on every protocol. It is on by itself
 * for methods whose requests have rules. It comes after decoding, because it needs the message, and before the cache, which must not keep
 * answers to invalid requests.
 *
 *     class Signup { @Field(1, string) @IsEmail() email = '' }
 *     try { await users.signUp({ email: 'x' }) } catch (error) { if (error instanceof BadRequest) show(error.violations) }
 */
import type { Call } from '../../core/call.js'
import { Code } from '../../core/code.js'
import { exportsOf } from '../../core/commonjs-exports.js'
import type { Policy, PolicyDefinition } from '../../core/policy.js'
import { failure } from '../../core/rpc-error.js'
import { BadRequest, type FieldViolation } from '../../decorators/bad-request.js'
import { reachesRules } from '../../decorators/class-validator.js'
import type { MethodSchema } from '../../schema/service.js'
import { RequestRules, type Validate } from './request-rules.js'

/** The policy that validates the requests of a method; undefined if they have no rules, so that they cost nothing. */
export function validation(method: MethodSchema): PolicyDefinition | undefined {
  if (!reachesRules(method.input)) return undefined
  return Object.freeze({
    name: 'validate',
    stages: ['handler'] as const,
    summary: 'validate',
    build: () => validating(method),
  } satisfies PolicyDefinition)
}

/**
 * Loads class-validator for a method whose requests have rules; a process without rules does not load it. A server loads it when it starts.
 * @throws RpcError `failed_precondition` (`validator_not_found`)
 */
export async function loadValidate(
  { path }: MethodSchema,
  load?: () => Promise<{ readonly validate: Validate }>,
): Promise<Validate> {
  try {
    // A bundler accepts an import within "try" if the package is not installed.
    return exportsOf(load === undefined ? await import('class-validator') : await load(), 'validate').validate
  } catch (cause) {
    throw failure(
      'validator_not_found',
      Code.failed_precondition,
      `${path}: its request has class-validator's decorators, but that package cannot be loaded; npm install class-validator`,
      { delivery: 'unsent', cause },
    )
  }
}

/** Loads what validates the requests of these methods. @throws as `loadValidate` */
export async function loadValidators(methods: Iterable<MethodSchema>): Promise<void> {
  for (const method of methods) if (reachesRules(method.input)) await loadValidate(method)
}

function validating(method: MethodSchema): Policy {
  let rules: ReturnType<RequestRules['of']>
  const check = async (request: unknown): Promise<void> => {
    rules ??= new RequestRules(await loadValidate(method)).of(method.input)
    const found: FieldViolation[] = []
    await rules?.(method.parameters === 'value' ? { value: request } : request, '', found)
    if (found.length > 0) throw BadRequest.listing(found)
  }
  if (method.kind === 'unary' || method.kind === 'server_streaming')
    return next => async call => {
      await check(call.message)
      return next(call)
    }
  return next => (call: Call) => {
    call.message = checked(call.message as AsyncIterable<unknown>, check)
    return next(call)
  }
}

async function* checked(
  requests: AsyncIterable<unknown>,
  check: (request: unknown) => Promise<void>,
): AsyncGenerator<unknown> {
  for await (const request of requests) {
    await check(request)
    yield request
  }
}
