import { Code } from '../../core/code.js'
import { currentCall } from '../../core/current-call.js'
import { failure, RpcError } from '../../core/rpc-error.js'
import { Field, Message } from '../../decorators/message.js'
import { Method, Safe, Service } from '../../decorators/service.js'
import { Timeout } from '../../policies/timeout.js'
import { enumOf, mapOf, streamOf, string } from '../../schema/algebra.js'
import type { Router } from '../protocol.js'

export enum ServingStatus {
  UNKNOWN = 0,
  SERVING = 1,
  NOT_SERVING = 2,
  /** Only in replies of `watch`. */
  SERVICE_UNKNOWN = 3,
}

@Message('grpc.health.v1.HealthCheckRequest')
export class HealthCheckRequest {
  /** The name of the service; empty for the whole server. */
  @Field(1, string) service = ''
}

@Message('grpc.health.v1.HealthCheckResponse')
export class HealthCheckResponse {
  @Field(1, enumOf(ServingStatus, 'grpc.health.v1.HealthCheckResponse.ServingStatus')) status!: ServingStatus
}

@Message('grpc.health.v1.HealthListRequest')
export class HealthListRequest {}

@Message('grpc.health.v1.HealthListResponse')
export class HealthListResponse {
  /** By the name of the service; empty for the whole server. */
  @Field(
    1,
    mapOf(string, () => HealthCheckResponse),
  )
  statuses = new Map<string, HealthCheckResponse>()
}

/**
 * Reports whether a server takes calls: for the whole server under the empty name, and for each service under its name. All are serving
 * until the server drains. Then a watch reports that and ends, because it would keep the server from closing.
 *
 * Source: grpc/doc/health-checking.md.
 */
@Service('grpc.health.v1.Health')
export class Health {
  constructor(private readonly router: Router) {}

  @Method({ accepts: HealthCheckRequest, returns: HealthCheckResponse })
  @Safe()
  async check({ service }: HealthCheckRequest): Promise<HealthCheckResponse> {
    const status = this.statusOf(service)
    if (status === ServingStatus.SERVICE_UNKNOWN)
      throw new RpcError(`no service ${JSON.stringify(service.slice(0, 100))} is served here`, Code.not_found)
    return { status }
  }

  @Method({ accepts: HealthListRequest, returns: HealthListResponse })
  @Safe()
  async list(_request: HealthListRequest): Promise<HealthListResponse> {
    const names = ['', ...this.router.services.map(service => service.name)]
    return { statuses: new Map(names.map(name => [name, { status: this.statusOf(name) }])) }
  }

  @Method({ accepts: HealthCheckRequest, returns: streamOf(HealthCheckResponse) })
  @Timeout({ total: Number.POSITIVE_INFINITY })
  async *watch({ service }: HealthCheckRequest): AsyncIterable<HealthCheckResponse> {
    const call = currentCall()
    yield { status: this.statusOf(service) }
    if (!this.router.draining) {
      await new Promise<void>((resolve, reject) => {
        const forget = this.router.onDrain(resolve)
        call.onCancel(reason => {
          forget()
          reject(reason)
        })
      })
      yield { status: this.statusOf(service) }
    }
    throw failure('draining', Code.unavailable, 'the server is shutting down; call another')
  }

  private statusOf(service: string): ServingStatus {
    const known = service === '' || this.router.services.some(({ name }) => name === service)
    if (!known) return ServingStatus.SERVICE_UNKNOWN
    return this.router.draining ? ServingStatus.NOT_SERVING : ServingStatus.SERVING
  }
}
