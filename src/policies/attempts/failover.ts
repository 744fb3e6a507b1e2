import type { ActiveCall, EngineHandler, Settle } from '../../core/active-call.js'
import type { Call } from '../../core/call.js'
import { Code } from '../../core/code.js'
import type { Endpoint } from '../../core/endpoint.js'
import { engineHandler } from '../../core/engine-handler.js'
import { integer, type OptionReaders, readOptions } from '../../core/options.js'
import { type Outcome, passOn } from '../../core/outcome.js'
import { attempted, type Handler, type PolicyDefinition, type PolicyKind } from '../../core/policy.js'
import { failure, RpcError } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { replayable } from './replay-buffer.js'

/** Options of `@Failover` and `failover`. */
export interface FailoverOptions {
  /** Endpoints that one attempt may try, with the first; 2 or more, default 3. */
  readonly endpoints?: number
}

const readers = { endpoints: integer({ from: 2 }, 3) } satisfies OptionReaders<FailoverOptions>

export const failoverKind: PolicyKind = { name: 'failover', options: readers, make: failover }

/**
 * The policy of `@Failover` as a value.
 *
 * @example
 * connect(Hello, target, { policies: [failover({ endpoints: 2 })] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if `endpoints` is below 2
 * @see docs/guide/policies.md#failover
 */
export function failover(options: FailoverOptions = {}): PolicyDefinition {
  const { endpoints } = readOptions('failover', options, readers)
  return definition(`failover(${endpoints} endpoints)`, endpoints, endpoints)
}

/** The default of every channel: it moves on from `unsent` until no endpoint is left, and from `refused` once. */
export const transparentRetry: PolicyDefinition = definition('failover(transparent)', Number.POSITIVE_INFINITY, 1)

/**
 * Tries another endpoint at once if the one that was picked cannot take the call: it cannot be reached, or it refuses before a handler
 * runs.
 *
 * Safe for every method, because only failures that provably reached no handler move on. Tries up to 3 endpoints, each once; the final
 * error names them all. Without it a call still moves on if it was never sent, and once if it was refused (gRFC A6, "transparent retries").
 *
 * @example
 * @Method({ accepts: QuoteRequest, returns: Quote }) @Failover({ endpoints: 2 })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if `endpoints` is below 2
 * @see docs/guide/policies.md#failover
 */
export function Failover(options: FailoverOptions = {}): PolicyDecorator {
  return declarePolicy(failover(options))
}

/** Instead of the default: one attempt, whose failure is the call's. For tools that show what happens. */
export const noFailover: PolicyDefinition = definition('failover(never)', 1, 0)

function definition(summary: string, endpoints: number, refusals: number): PolicyDefinition {
  return Object.freeze({
    name: failoverKind.name,
    stages: ['call'] as const,
    summary,
    ...(Number.isFinite(endpoints) ? { attempts: endpoints } : {}),
    build: (_stage, scope) => next => replayable(scope, around(next, { endpoints, refusals })),
  } satisfies PolicyDefinition)
}

/** Codes that say that this endpoint cannot take the call, while another may. */
const ofEndpoint: ReadonlySet<Code> = new Set([Code.unavailable, Code.resource_exhausted])

interface Tries {
  readonly endpoints: number
  readonly refusals: number
}

/**
 * A call that succeeds costs one promise at most; only a failure is examined. As a handler it moves on in the context of its caller, which
 * `settle` does not keep.
 */
function around(next: Handler, tries: Tries): Handler {
  const { settle } = next as EngineHandler
  const rest = { next, tries }
  const handler = (call: ActiveCall) => attempted(next, call).catch(thrown => moveOn(call, rest, thrown))
  if (settle === undefined) return engineHandler(handler)
  const first: Settle = (call, outcome) => settle(call, new FirstTry(call, outcome, rest))
  return engineHandler(Object.assign(handler, { settle: first }))
}

/** What follows the failure of the first endpoint. */
interface Rest {
  readonly next: Handler
  readonly tries: Tries
}

/** The outcome of a call at its first endpoint. */
class FirstTry implements Outcome {
  constructor(
    private readonly call: ActiveCall,
    private readonly outcome: Outcome,
    private readonly rest: Rest,
  ) {}

  fulfil(reply: unknown): void {
    this.outcome.fulfil(reply)
  }

  /** In a microtask: the link may be in the middle of failing other calls too, as after a GOAWAY. */
  reject(thrown: unknown): void {
    const { call, rest, outcome } = this
    const { observed } = call
    const move = () => moveOn(call, rest, thrown)
    passOn(
      Promise.resolve().then(() => (observed?.hasContext ? observed.run(move) : move())),
      outcome,
    )
  }
}

async function moveOn(call: ActiveCall, { next, tries }: Rest, first: unknown): Promise<unknown> {
  const { endpoints, refusals } = tries
  const before = call.tried
  let thrown = first
  let failures: RpcError[] | undefined
  let repeated = false
  for (let refused = 0; ; ) {
    const error = RpcError.from(thrown)
    // A request that cannot be written, or that every server refuses, has nothing to do with the endpoint.
    if (!ofEndpoint.has(error.code)) {
      call.tried = before
      throw error
    }
    // It may have reached a handler, whatever the endpoints before it did: the error must not say that it is safe to send it again.
    if (error.delivery === 'unknown') {
      call.tried = before
      throw error
    }
    if (error.delivery === 'refused') refused++
    if (call.canceled !== undefined || call.endpoint === undefined || call.streamBegan) {
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
    call.observed?.intends({ policy: 'failover', action: 'failover', why: 'the endpoint cannot take the call', error })
    try {
      return await next(call)
    } catch (again) {
      thrown = again
    }
  }
}

/** An endpoint that is too busy, or whose circuit is open, is not asked again at once. */
function mayTakeItNow(failure: RpcError | undefined): boolean {
  return failure?.code === Code.unavailable && (failure.cause as RpcError).reason !== 'circuit_open'
}

/** If so nothing was picked since, and nothing will be: without this check the call would never end. */
function wasTried({ tried }: Call, { address }: Endpoint): boolean {
  return tried?.some(endpoint => endpoint.address === address) ?? false
}

function named(endpoint: Endpoint, error: RpcError): RpcError {
  return new RpcError(`${endpoint.address}: ${error.message}`, error.code, { cause: error, delivery: error.delivery })
}

/**
 * The final error names every endpoint that was tried, and why it could not take the call. Its code and headers are those of the last
 * endpoint that answered: if all refuse because of a limit, that must not look like an endpoint that is gone, which is worth a retry.
 */
function summary(call: Call, failures: readonly RpcError[], error: RpcError): RpcError {
  const last = error.reason === 'no_endpoint' ? ((failures.at(-1)?.cause as RpcError | undefined) ?? error) : error
  if (failures.length <= 1) return last
  const list = failures.map(failure => failure.message).join('; ')
  const unsent = failures.every(failure => failure.delivery === 'unsent')
  const message = `${call.method.path}: no endpoint could take the call: ${list}`
  return failure('all_endpoints_failed', last.code, message, {
    delivery: unsent ? 'unsent' : 'refused',
    cause: last,
    ...(last.headers === undefined ? {} : { headers: last.headers }),
  })
}
