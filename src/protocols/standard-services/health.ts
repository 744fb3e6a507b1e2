import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  Health as HealthContract,
  type HealthListRequest,
  type HealthListResponse,
  HealthCheckResponseServingStatus as ServingStatus,
} from '../../contracts/grpc/health/v1/health.js'
import type { Call } from '../../core/call.js'
import { Code } from '../../core/code.js'
import { currentCall } from '../../core/current-call.js'
import { failure, RpcError } from '../../core/rpc-error.js'
import { Service } from '../../decorators/service.js'
import { Timeout } from '../../policies/timeout.js'
import type { Router } from '../protocol.js'

/** Milliseconds between two runs of the checks for one watch. */
const checkInterval = 5000

/**
 * Reports whether a server takes calls: for the whole server under the empty name, and for each service under its name. All are serving
 * until the server closes. A watch reports that, and ends when the server drains, because it would keep the server from closing.
 *
 * Source: grpc/doc/health-checking.md.
 */
@Service()
export class Health extends HealthContract {
  /** @param ready whether the server can take calls, besides that it does not close; default: it can */
  constructor(
    private readonly router: Router,
    private readonly ready: (() => Promise<boolean>) | undefined = undefined,
  ) {
    super()
  }

  override async check({ service }: HealthCheckRequest): Promise<HealthCheckResponse> {
    const status = await this.statusOf(service)
    if (status === ServingStatus.SERVICE_UNKNOWN)
      throw new RpcError(`no service ${JSON.stringify(service.slice(0, 100))} is served here`, Code.not_found)
    return { status }
  }

  override async list(_request: HealthListRequest): Promise<HealthListResponse> {
    const names = ['', ...this.router.services.map(service => service.name)]
    const status = await this.statusOf('')
    return { statuses: new Map(names.map(name => [name, { status }])) }
  }

  @Timeout({ total: Number.POSITIVE_INFINITY })
  override async *watch({ service }: HealthCheckRequest): AsyncIterable<HealthCheckResponse> {
    const call = currentCall()
    let status: ServingStatus | undefined
    for (;;) {
      const now = await this.statusOf(service)
      if (now !== status) yield { status: now }
      status = now
      if (this.router.draining) break
      await this.change(call)
    }
    throw failure('draining', Code.unavailable, 'the server is shutting down; call another')
  }

  /** Resolves when the server begins to close or to drain, or it is time to run the checks again. Rejects when the call is cancelled. */
  private change(call: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        forget()
        timer?.cancel()
        call.offCancel(canceled)
      }
      const changed = () => {
        stop()
        resolve()
      }
      const canceled = (reason: RpcError) => {
        stop()
        reject(reason)
      }
      const timer = this.ready === undefined ? undefined : call.clock.schedule(checkInterval, { expire: changed })
      const forget = this.router.onDrain(changed)
      call.onCancel(canceled)
    })
  }

  private async statusOf(service: string): Promise<ServingStatus> {
    const known = service === '' || this.router.services.some(({ name }) => name === service)
    if (!known) return ServingStatus.SERVICE_UNKNOWN
    if (this.router.leaving || (await this.ready?.()) === false) return ServingStatus.NOT_SERVING
    return ServingStatus.SERVING
  }
}
