/**
 * The part of etcd's API that polywire uses, as decorated classes for its own gRPC client. Source: etcd 3.4, api/etcdserverpb/rpc.proto and
 * api/mvccpb/kv.proto.
 */
import { unimplemented } from '../core/rpc-error.js'
import { Field, Message } from '../decorators/message.js'
import { Idempotent, Method, Safe, Service } from '../decorators/service.js'
import { Failover } from '../policies/attempts/failover.js'
import { Timeout } from '../policies/timeout.js'
import { bool, bytes, enumOf, int64, listOf, oneOf, streamOf, string } from '../schema/algebra.js'

@Message('etcdserverpb.ResponseHeader')
export class ResponseHeader {
  @Field(3, int64) revision!: bigint
}

@Message('mvccpb.KeyValue')
export class KeyValue {
  @Field(1, bytes) key!: Uint8Array
  @Field(5, bytes) value!: Uint8Array
  @Field(6, int64) lease!: bigint
}

@Message('etcdserverpb.RangeRequest')
export class RangeRequest {
  @Field(1, bytes) key!: Uint8Array
  @Field(2, bytes) range_end!: Uint8Array
}

@Message('etcdserverpb.RangeResponse')
export class RangeResponse {
  @Field(1, ResponseHeader) header!: ResponseHeader
  @Field(2, listOf(KeyValue)) kvs!: KeyValue[]
}

@Message('etcdserverpb.PutRequest')
export class PutRequest {
  @Field(1, bytes) key!: Uint8Array
  @Field(2, bytes) value!: Uint8Array
  @Field(3, int64) lease!: bigint
}

@Message('etcdserverpb.PutResponse')
export class PutResponse {
  @Field(1, ResponseHeader) header!: ResponseHeader
}

@Service('etcdserverpb.KV')
@Timeout('5s')
@Failover()
export class EtcdKv {
  @Method({ accepts: RangeRequest, returns: RangeResponse })
  @Safe()
  async range(_request: RangeRequest): Promise<RangeResponse> {
    return unimplemented()
  }

  @Method({ accepts: PutRequest, returns: PutResponse })
  @Idempotent()
  async put(_request: PutRequest): Promise<PutResponse> {
    return unimplemented()
  }
}

export enum EventType {
  PUT = 0,
  DELETE = 1,
}

@Message('mvccpb.Event')
export class WatchEvent {
  @Field(1, enumOf(EventType, 'mvccpb.Event.EventType')) type!: EventType
  @Field(2, KeyValue) kv!: KeyValue
}

@Message('etcdserverpb.WatchCreateRequest')
export class WatchCreateRequest {
  @Field(1, bytes) key!: Uint8Array
  @Field(2, bytes) range_end!: Uint8Array
  @Field(3, int64) start_revision!: bigint
}

@Message('etcdserverpb.WatchRequest')
export class WatchRequest {
  @Field(oneOf({ create_request: [1, WatchCreateRequest] }))
  request?: { case: 'create_request'; value: WatchCreateRequest }
}

@Message('etcdserverpb.WatchResponse')
export class WatchResponse {
  @Field(1, ResponseHeader) header!: ResponseHeader
  @Field(4, bool) canceled!: boolean
  @Field(5, int64) compact_revision!: bigint
  @Field(6, string) cancel_reason!: string
  @Field(11, listOf(WatchEvent)) events!: WatchEvent[]
}

@Service('etcdserverpb.Watch')
export class EtcdWatch {
  /** The stream lasts as long as the channel. */
  @Method({ accepts: streamOf(WatchRequest), returns: streamOf(WatchResponse) })
  @Timeout(Number.POSITIVE_INFINITY)
  watch(_requests: AsyncIterable<WatchRequest>): AsyncIterable<WatchResponse> {
    return unimplemented()
  }
}

@Message('etcdserverpb.LeaseGrantRequest')
export class LeaseGrantRequest {
  /** Seconds. */
  @Field(1, int64) TTL!: bigint
}

@Message('etcdserverpb.LeaseGrantResponse')
export class LeaseGrantResponse {
  @Field(2, int64) ID!: bigint
  @Field(3, int64) TTL!: bigint
  @Field(4, string) error!: string
}

@Message('etcdserverpb.LeaseRevokeRequest')
export class LeaseRevokeRequest {
  @Field(1, int64) ID!: bigint
}

@Message('etcdserverpb.LeaseRevokeResponse')
export class LeaseRevokeResponse {
  @Field(1, ResponseHeader) header!: ResponseHeader
}

@Message('etcdserverpb.LeaseKeepAliveRequest')
export class LeaseKeepAliveRequest {
  @Field(1, int64) ID!: bigint
}

@Message('etcdserverpb.LeaseKeepAliveResponse')
export class LeaseKeepAliveResponse {
  @Field(2, int64) ID!: bigint
  /** Seconds; 0 if the lease has ended. */
  @Field(3, int64) TTL!: bigint
}

@Service('etcdserverpb.Lease')
@Timeout('5s')
@Failover()
export class EtcdLease {
  @Method({ accepts: LeaseGrantRequest, returns: LeaseGrantResponse })
  async leaseGrant(_request: LeaseGrantRequest): Promise<LeaseGrantResponse> {
    return unimplemented()
  }

  @Method({ accepts: LeaseRevokeRequest, returns: LeaseRevokeResponse })
  @Idempotent()
  async leaseRevoke(_request: LeaseRevokeRequest): Promise<LeaseRevokeResponse> {
    return unimplemented()
  }

  /** Renews a lease: one reply to each request. Each renewal has its own stream, so that its deadline shows that etcd is away. */
  @Method({ accepts: streamOf(LeaseKeepAliveRequest), returns: streamOf(LeaseKeepAliveResponse) })
  leaseKeepAlive(_requests: AsyncIterable<LeaseKeepAliveRequest>): AsyncIterable<LeaseKeepAliveResponse> {
    return unimplemented()
  }
}
