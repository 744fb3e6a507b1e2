import type { AvroWriter } from '../../../codecs/avro/writer.js'
import type { CodecOptions } from '../../../codecs/codec.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { MethodInfo } from '../../../core/call.js'
import type { MethodSchema, ServiceSchema } from '../../../schema/service.js'
import { unknownMethod } from '../../failures.js'
import { endMetadata, writeHeaders, writePreviousAttempts, writeTimeout } from '../metadata.js'
import { type AvroProtocol, protocolOf } from '../protocol-schema.js'
import { MethodReads, MethodWrites } from '../signature.js'

/** A service as a client calls it: its own protocol, and how its requests are written. Compiled once per channel. */
export class BoundService {
  readonly protocol: AvroProtocol
  readonly options: CodecOptions
  private readonly writes: ReadonlyMap<MethodInfo, MethodWrites>

  /** @throws RpcError `failed_precondition` where names of the service clash in Avro */
  constructor(
    readonly schema: ServiceSchema,
    options: CodecOptions,
  ) {
    this.protocol = protocolOf(schema, schema.methods)
    this.options = options
    this.writes = new Map(schema.methods.map(method => [method, new MethodWrites(method, options.depth)]))
  }

  /** The request of a call: metadata, the message's name, its parameters. @throws RpcError `invalid_argument` */
  writeCall(out: AvroWriter, call: ActiveCall): void {
    writeRequestMetadata(out, call)
    out.string(call.method.name)
    ;(this.writes.get(call.method) as MethodWrites).writeRequest(out, call.message)
  }
}

function writeRequestMetadata(out: AvroWriter, call: ActiveCall): void {
  if (call.deadline !== Number.POSITIVE_INFINITY)
    writeTimeout(out, Math.max(1, Math.ceil(call.deadline - call.clock.now())))
  if (call.previousAttempts > 0) writePreviousAttempts(out, call.previousAttempts)
  const headers = call.headersIfAny
  if (headers !== undefined) writeHeaders(out, headers)
  endMetadata(out)
}

/** What a server writes, bound to a service that calls it: for one protocol of a server. */
export class ServerProtocol {
  private readonly reads = new Map<MethodInfo, MethodReads>()

  constructor(
    readonly service: BoundService,
    readonly protocol: AvroProtocol,
  ) {}

  /** @throws RpcError `unimplemented` where the server has no such message */
  readsOf(method: MethodInfo): MethodReads {
    return this.reads.get(method) ?? this.bind(method as MethodSchema)
  }

  private bind(method: MethodSchema): MethodReads {
    const message = this.protocol.messages.get(method.name)
    if (message === undefined) {
      throw unknownMethod(method.path)
    }
    const reads = new MethodReads(method, message, this.service.options)
    this.reads.set(method, reads)
    return reads
  }
}
