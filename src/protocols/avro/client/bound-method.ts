import type { AvroWriter } from '../../../codecs/avro/writer.js'
import type { CodecOptions } from '../../../codecs/codec.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { MethodInfo } from '../../../core/call.js'
import type { MethodSchema, ServiceSchema } from '../../../schema/service.js'
import type { Body } from '../../pipelined/output.js'
import { endMetadata, writeHeaders, writePreviousAttempts, writeTimeout } from '../metadata.js'
import { type AvroMessage, type AvroProtocol, protocolOf } from '../protocol-schema.js'
import { MethodWrites } from '../signature.js'

/** A method and how its requests are written. How its replies are read depends on the server's protocol. */
export class BoundMethod implements Body<AvroWriter, ActiveCall> {
  private readonly writes: MethodWrites

  constructor(
    readonly schema: MethodSchema,
    writes: number | MethodWrites,
  ) {
    this.writes = typeof writes === 'number' ? new MethodWrites(schema, writes) : writes
  }

  /** How its replies are read is compiled after the handshake. */
  warmUp(): void {
    this.writes.prepare()
  }

  /** The same for a server. */
  for(message: AvroMessage, protocol: AvroProtocol): BoundMethod {
    const writes = this.writes.for(message, protocol)
    return writes === this.writes ? this : new BoundMethod(this.schema, writes)
  }

  /** Writes the request of a call: metadata, the message's name, its parameters. @throws RpcError `invalid_argument` */
  write(out: AvroWriter, call: ActiveCall): void {
    writeRequestMetadata(out, call)
    out.string(this.schema.name)
    this.writes.writeRequest(out, call.message)
  }
}

/** A service, for which an Avro handshake is done. */
export class BoundService {
  readonly protocol: AvroProtocol
  readonly methods: ReadonlyMap<MethodInfo, BoundMethod>
  /** Whether it has a timestamp, whose unit the server chooses. */
  readonly hasTime: boolean

  /** @throws RpcError `failed_precondition` if names of the service clash in Avro */
  constructor(
    readonly schema: ServiceSchema,
    readonly options: CodecOptions,
  ) {
    this.protocol = protocolOf(schema, schema.methods)
    this.hasTime = this.protocol.text.includes('timestamp-millis')
    this.methods = new Map(schema.methods.map(method => [method, new BoundMethod(method, options.depth)]))
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
