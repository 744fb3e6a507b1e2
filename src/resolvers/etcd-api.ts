/** The services of etcd with the policies of polywire's own client. */
import { KV, Lease, Watch } from '../contracts/etcd/api/etcdserverpb/rpc.js'
import { Service } from '../decorators/service.js'
import { Failover } from '../policies/attempts/failover.js'
import { Timeout } from '../policies/timeout.js'

@Service()
@Timeout('5s')
@Failover()
export class EtcdKv extends KV {}

/** The stream lasts as long as the channel. */
@Service()
@Timeout(Number.POSITIVE_INFINITY)
export class EtcdWatch extends Watch {}

/** Each renewal has its own stream, so that its deadline shows that etcd is away. */
@Service()
@Timeout('5s')
@Failover()
export class EtcdLease extends Lease {}
