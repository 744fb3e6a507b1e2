/**
 * Problem: the endpoint that was picked cannot take the call, and another one can, right now.
 *
 * It stands inside of retry: changing the endpoint needs no backoff, so it comes before any waiting; and directly around the attempts, since
 * each of its tries is a whole attempt with its own pick.
 *
 *     @Method(HelloReply) @Failover({ endpoints: 3 })
 *
 * Only failures that provably reached no handler move on, so it is safe for every method. Without the decorator a channel still moves on
 * from what never left this process, and once from a refusal (gRFC A6, "transparent retries").
 */
import type { Call } from '../../core/call.js'
import { Code } from '../../core/code.js'
import type { Endpoint } from '../../core/endpoint.js'
import { attempted, type Handler, type PolicyDefinition, type PolicyScope, type Stage } from '../../core/policy.js'
import { misuse, RpcError } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { replayable } from './replay-buffer.js'

export interface FailoverOptions {
  /** Endpoints that one attempt may try, the first included; 2 or more, default 3. */
  readonly endpoints?: number
}

/** As a value, for `connect(..., { policies: [failover()] })`. */
export function failover(options: FailoverOptions = {}): PolicyDefinition {
  const endpoints = options.endpoints ?? 3
  if (!Number.isInteger(endpoints) || endpoints < 2) {
    throw misuse(
      'invalid_policy',
      `failover: endpoints is ${endpoints}; write a whole number of 2 or more (the first counts)`,
    )
  }
  return definition(`failover(${endpoints} endpoints)`, endpoints, endpoints)
}

/** What every channel does without being told: `unsent` moves on until no endpoint is left, `refused` once. */
export const transparentRetry: PolicyDefinition = definition('failover(transparent)', Number.POSITIVE_INFINITY, 1)

/** As a decorator. */
export function Failover(options: FailoverOptions = {}): PolicyDecorator {
  return declarePolicy(failover(options))
}

function definition(summary: string, endpoints: number, refusals: number): PolicyDefinition {
  return Object.freeze({
    name: 'failover',
    stages: ['call'] as const,
    rank: 50,
    summary,
    ...(Number.isFinite(endpoints) ? { attempts: endpoints } : {}),
    build: (_stage: Stage, scope: PolicyScope) => (next: Handler) =>
      replayable(scope, around(next, { endpoints, refusals })),
  })
}

/** What says that this endpoint cannot take the call, while another may. */
const ofEndpoint: ReadonlySet<Code> = new Set([Code.unavailable, Code.resource_exhausted])

interface Bounds {
  readonly endpoints: number
  readonly refusals: number
}

/** A call that succeeds passes with one promise; what an attempt failed with is judged behind it. */
function around(next: Handler, bounds: Bounds): Handler {
  return call => attempted(next, call).catch((thrown: unknown) => moveOn(call, next, { bounds, thrown }))
}

async function moveOn(call: Call, next: Handler, first: { bounds: Bounds; thrown: unknown }): Promise<unknown> {
  const { endpoints, refusals } = first.bounds
  const before = call.tried
  let { thrown } = first
  let failures: RpcError[] | undefined
  let repeated = false
  for (let refused = 0; ; ) {
    const error = RpcError.from(thrown)
    // A request that cannot be written, or that every server refuses, is no matter of the endpoint.
    if (!ofEndpoint.has(error.code)) {
      call.tried = before
      throw error
    }
    if (error.delivery === 'refused') refused++
    if (
      error.delivery === 'unknown' ||
      call.canceled !== undefined ||
      call.endpoint === undefined ||
      call.streamBegan
    ) {
      call.tried = before
      throw failures === undefined ? error : summary(call, failures, error)
    }
    const exhausted = error.reason === 'no_endpoint' || wasTried(call, call.endpoint)
    if (exhausted && !repeated && endpoints === Number.POSITIVE_INFINITY && mayTakeItNow(failures?.at(-1))) {
      // No other endpoint is left, but one that refused may take the call over a new connection, as after a GOAWAY.
      repeated = true
      call.tried = before
    } else {
      failures ??= []
      if (!exhausted) failures.push(named(call.endpoint, error))
      if (exhausted || failures.length >= endpoints || refused > refusals) {
        call.tried = before
        throw summary(call, failures, error)
      }
      call.tried = [...(call.tried ?? []), call.endpoint]
    }
    try {
      return await next(call)
    } catch (again) {
      thrown = again
    }
  }
}

/** What is too busy, or cannot do it at all, is not asked again at once. */
function mayTakeItNow(failure: RpcError | undefined): boolean {
  return failure?.code === Code.unavailable && (failure.cause as RpcError).reason !== 'circuit_open'
}

/** Then nothing was picked since, and nothing will be: without this the call would go round for ever. */
function wasTried({ tried }: Call, { address }: Endpoint): boolean {
  return tried?.some(endpoint => endpoint.address === address) ?? false
}

function named(endpoint: Endpoint, error: RpcError): RpcError {
  return new RpcError(`${endpoint.address}: ${error.message}`, error.code, { cause: error, delivery: error.delivery })
}

/**
 * The error at the end names every endpoint that was tried, and why it could not take the call. Its code and headers are those of the last that
 * said something: a refusal of all of them for a limit must not look like an endpoint that is gone, which is worth a retry.
 */
function summary(call: Call, failures: readonly RpcError[], error: RpcError): RpcError {
  const last = error.reason === 'no_endpoint' ? ((failures.at(-1)?.cause as RpcError | undefined) ?? error) : error
  if (failures.length <= 1) return last
  const list = failures.map(failure => failure.message).join('; ')
  const unsent = failures.every(failure => failure.delivery === 'unsent')
  return new RpcError(`${call.method.path}: no endpoint could take the call: ${list}`, last.code, {
    reason: 'all_endpoints_failed',
    delivery: unsent ? 'unsent' : 'refused',
    cause: last,
    ...(last.headers === undefined ? {} : { headers: last.headers }),
  })
}
