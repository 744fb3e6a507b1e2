import type { AvroReader } from '../../codecs/avro/reader.js'
import { builtInCodecs } from '../../codecs/built-in.js'
import type { Serializer } from '../../codecs/codec.js'
import { encodings } from '../../codecs/compression.js'
import { ThriftCompiler } from '../../codecs/thrift/compiler.js'
import type { ThriftReader } from '../../codecs/thrift/wire.js'
import { Code } from '../../core/code.js'
import type { ErrorDetail } from '../../core/error-detail.js'
import { defaultLimits } from '../../core/limits.js'
import { type AvroMessage, protocolOf } from '../../protocols/avro/protocol-schema.js'
import { MethodReads } from '../../protocols/avro/signature.js'
import { argumentsOf, ResultType } from '../../protocols/thrift/signature.js'
import type { MessageSchema } from '../../schema/message.js'
import type { MethodSchema, ServiceSchema } from '../../schema/service.js'
import { methodsNamed } from '../find-method.js'
import { plainMessage, type Shown } from '../plain.js'

/** A message as it went by. */
export interface RawMessage {
  readonly bytes: Uint8Array
  /** The name of a compression. */
  readonly encoding: string | undefined
}

type Side = 'request' | 'reply'

/** A declared error. */
export interface ThrownError {
  /** The name of its message. */
  readonly type: string
  /** Its fields. */
  readonly value: unknown
}

/** What a reply holds. All is undefined if it cannot be read. */
interface ReadReply {
  readonly reply?: unknown
  readonly error?: ThrownError
  /** The text of the error. */
  readonly message?: string
}

/** Reads the messages of calls by a contract, as JSON values. What it cannot read is undefined. */
export class Contents {
  private readonly serializers = new Map<MessageSchema, Map<string, Serializer>>()
  private readonly thrift = new ThriftCompiler(defaultLimits)

  constructor(
    private readonly services: readonly ServiceSchema[],
    private readonly shown: Shown,
  ) {}

  /** Messages of gRPC or HTTP. @param subtype of the content type: `json` */
  async read(
    name: string,
    messages: readonly RawMessage[],
    { side, subtype }: { readonly side: Side; readonly subtype: string },
  ) {
    const method = this.methodOf(name)
    const schema = method === undefined ? undefined : side === 'request' ? method.input : method.output
    const serializer = schema && this.serializerOf(schema, subtype)
    if (schema === undefined || serializer === undefined) return undefined
    try {
      const read = messages.map(async one => plainMessage(serializer.decode(await inflated(one)), schema, this.shown))
      return await Promise.all(read)
    } catch {
      return undefined
    }
  }

  /** The error that the method declares, among the details of an error. */
  declared(name: string, details: readonly ErrorDetail[]): ThrownError | undefined {
    return this.attempt(name, method => {
      for (const { type, value } of details) {
        const schema = method.throws.find(one => one.name === type)
        if (schema !== undefined) return this.thrown(schema, this.serializerOf(schema, 'proto')?.decode(value))
      }
      return undefined
    })
  }

  private thrown(schema: MessageSchema, error: unknown): ThrownError {
    return { type: schema.name, value: plainMessage(error, schema, this.shown) }
  }

  /** The arguments of a Thrift message that has begun. */
  thriftRequest(name: string, reader: ThriftReader): unknown {
    return this.attempt(name, method =>
      plainMessage(argumentsOf(this.thrift, method).read(reader), method.input, this.shown),
    )
  }

  /** The result of a Thrift message that has begun: a reply, or a declared error and its text. */
  thriftReply(name: string, reader: ThriftReader): ReadReply {
    const read = this.attempt(name, method => {
      try {
        return { reply: plainReply(method, new ResultType(this.thrift, method).read(reader), this.shown) }
      } catch (error) {
        return this.declaredError(method, error)
      }
    })
    return read ?? {}
  }

  /** @throws the error if the method does not declare it */
  private declaredError({ throws }: MethodSchema, error: unknown): ReadReply {
    const declared = throws.find(one => one.class !== undefined && error instanceof one.class)
    if (declared === undefined) throw error
    return { error: this.thrown(declared, error), message: (error as Error).message }
  }

  /** @param message of the client's protocol; undefined: it is that of the contract */
  avroRequest(name: string, from: AvroReader, message: AvroMessage | undefined): unknown {
    return this.attempt(name, method =>
      plainMessage(this.avroReads(method, message).readRequest(from), method.input, this.shown),
    )
  }

  /** @param message of the server's protocol; undefined: it is that of the contract */
  avroReply(name: string, from: AvroReader, message: AvroMessage | undefined): unknown {
    return this.attempt(name, method => plainReply(method, this.avroReads(method, message).readReply(from), this.shown))
  }

  /** A declared error, behind the branch of the error union. @param index of that branch, above 0 */
  avroError(name: string, from: AvroReader, message: AvroMessage | undefined, index: number): ReadReply {
    return (
      this.attempt(name, method =>
        this.declaredError(method, this.avroReads(method, message).readError(from, index)),
      ) ?? {}
    )
  }

  private avroReads(method: MethodSchema, message: AvroMessage | undefined): MethodReads {
    if (message !== undefined) return new MethodReads(method, message, defaultLimits)
    const service = this.services.find(({ name }) => name === method.serviceName) as ServiceSchema
    const own = protocolOf(service, [method]).messages.get(method.name) as AvroMessage
    return new MethodReads(method, own, defaultLimits)
  }

  /** Bytes of a peer may be anything, and what cannot be read has passed all the same. */
  private attempt<T>(name: string, read: (method: MethodSchema) => T): T | undefined {
    const method = this.methodOf(name)
    try {
      return method && read(method)
    } catch {
      return undefined
    }
  }

  private methodOf(name: string): MethodSchema | undefined {
    const [found, ...others] = methodsNamed(name, this.services)
    return others.length === 0 ? found?.method : undefined
  }

  private serializerOf(schema: MessageSchema, subtype: string): Serializer | undefined {
    let bySubtype = this.serializers.get(schema)
    if (bySubtype === undefined) {
      bySubtype = new Map()
      this.serializers.set(schema, bySubtype)
    }
    let serializer = bySubtype.get(subtype)
    if (serializer === undefined) {
      serializer = builtInCodecs.find(one => one.contentTypes.includes(subtype))?.compile(schema, defaultLimits)
      if (serializer !== undefined) bySubtype.set(subtype, serializer)
    }
    return serializer
  }
}

function plainReply({ result, output }: MethodSchema, reply: unknown, shown: Shown): unknown {
  if (result === 'nothing') return {}
  return plainMessage(result === 'message' ? reply : { value: reply }, output, shown)
}

async function inflated({ bytes, encoding }: RawMessage): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity') return bytes
  const found = encodings.get(encoding)
  if (found === undefined) throw new Error(`there is no compression ${encoding}`)
  return found.decompress(bytes, defaultLimits.messageBytes, Code.internal)
}
