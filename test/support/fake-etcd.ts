import type {
  LeaseGrantRequest,
  LeaseKeepAliveRequest,
  LeaseRevokeRequest,
  PutRequest,
  RangeRequest,
} from '../../src/contracts/etcd/api/etcdserverpb/rpc.js'
import { type Server, Service, serve } from '../../src/index.js'
import { EtcdKv, EtcdLease } from '../../src/resolvers/etcd-api.js'

const header = { cluster_id: 1n, member_id: 1n, revision: 1n, raft_term: 1n }

/** What a registration and a configuration need of etcd. While `hangs` it takes calls and answers none. */
export class FakeEtcd implements AsyncDisposable {
  hangs = false
  readonly calls: string[] = []
  readonly values: string[] = []
  private server!: Server

  static async start(port = 0): Promise<FakeEtcd> {
    const etcd = new FakeEtcd()
    etcd.server = await serve([new FakeKv(etcd), new FakeLease(etcd)], {
      port,
      host: '127.0.0.1',
      protocols: ['grpc'],
      limits: { drainTimeout: 0 },
      report: () => {},
    })
    return etcd
  }

  get address(): string {
    return this.server.address
  }

  get port(): number {
    return this.server.port
  }

  async called(name: string): Promise<void> {
    this.calls.push(name)
    if (this.hangs) await new Promise(() => {})
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server.close()
  }
}

@Service('etcdserverpb.KV')
class FakeKv extends EtcdKv {
  constructor(private readonly etcd: FakeEtcd) {
    super()
  }

  override async range(_request: RangeRequest) {
    await this.etcd.called('range')
    return { header, kvs: [] }
  }

  override async put({ value }: PutRequest) {
    this.etcd.values.push(new TextDecoder().decode(value))
    await this.etcd.called('put')
    return { header }
  }
}

@Service('etcdserverpb.Lease')
class FakeLease extends EtcdLease {
  constructor(private readonly etcd: FakeEtcd) {
    super()
  }

  override async leaseGrant({ ttl }: LeaseGrantRequest) {
    await this.etcd.called('grant')
    return { id: 1n, ttl, error: '' }
  }

  override async leaseRevoke(_request: LeaseRevokeRequest) {
    await this.etcd.called('revoke')
    return { header }
  }

  override async *leaseKeepAlive(requests: AsyncIterable<LeaseKeepAliveRequest>) {
    for await (const { id } of requests) {
      await this.etcd.called('keepalive')
      yield { id, ttl: 10n }
    }
  }
}
