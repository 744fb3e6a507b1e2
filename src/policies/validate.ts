/**
 * Problem: every handler would begin with the same lines that look whether its request makes sense.
 *
 * Messages whose classes carry class-validator's decorators are looked at before the handler sees them, on every protocol. It holds by
 * itself for methods whose requests have rules, and stands behind the decoding, since it needs the message, and in front of a cache, which
 * would else keep what is said of invalid requests.
 *
 *     class Signup { @Field(1, string) @IsEmail() email = '' }
 *     try { await users.signUp({ email: 'x' }) } catch (error) { if (error instanceof BadRequest) show(error.violations) }
 */
import { createRequire } from 'node:module'
import type { Call } from '../core/call.js'
import type { Policy, PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { BadRequest } from '../decorators/bad-request.js'
import { reachesRules } from '../decorators/class-validator.js'
import type { MethodSchema } from '../schema/service.js'
import { RequestRules, type Validate } from './request-rules.js'

/** What validates the requests of a method; undefined where they have no rules, which then costs nothing. */
export function validation(method: MethodSchema): PolicyDefinition | undefined {
  if (!reachesRules(method.input)) return undefined
  return Object.freeze({
    name: 'validate',
    stages: ['handler'] as const,
    rank: 9,
    summary: 'validate',
    build: () => validating(method, loadValidate(method)),
  } satisfies PolicyDefinition)
}

/** @throws RpcError `failed_precondition` (`validator_not_found`) */
export function loadValidate({ path }: MethodSchema, load: (name: string) => unknown = required): Validate {
  try {
    return (load('class-validator') as { readonly validate: Validate }).validate
  } catch (error) {
    throw misuse(
      'validator_not_found',
      `${path}: its request carries class-validator's decorators, but that package cannot be loaded (${String(error)}); npm install class-validator`,
    )
  }
}

/** A process that has no rules does not load the package. */
function required(name: string): unknown {
  return createRequire(import.meta.url)(name)
}

function validating(method: MethodSchema, validate: Validate): Policy {
  const rules = new RequestRules(validate).of(method.input)
  if (rules === undefined) return next => next
  const check = async (request: unknown): Promise<void> => {
    const found: Parameters<typeof rules>[2] = []
    await rules(method.parameters === 'value' ? { value: request } : request, '', found)
    if (found.length > 0) throw BadRequest.of(found)
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
