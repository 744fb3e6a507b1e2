import type { AvroReader } from '../../codecs/avro/reader.js'
import { type AvroRead, AvroReads } from '../../codecs/avro/reads.js'
import { type AvroSchema, simpleName } from '../../codecs/avro/schema.js'
import type { AvroWriter } from '../../codecs/avro/writer.js'
import { type AvroWrite, AvroWrites, writeFields } from '../../codecs/avro/writes.js'
import type { CodecOptions } from '../../codecs/codec.js'
import { asInvalidMessage } from '../../codecs/values/fault.js'
import { redacted } from '../../codecs/values/redact.js'
import type { RpcError } from '../../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import { reachableMessages } from '../../schema/reachable.js'
import type { MethodSchema } from '../../schema/service.js'
import type { ValueType } from '../../schema/type.js'
import { type AvroMessage, type AvroProtocol, requestParameter } from './protocol-schema.js'

/**
 * Writes a method's requests, replies and errors: in this side's schema, with timestamps in the units of the peer. Compiled for the first
 * call of a method, and again for each peer with other units.
 */
export class MethodWrites {
  private compiled: CompiledWrites | undefined

  constructor(
    private readonly method: MethodSchema,
    private readonly depth: number,
    private readonly peer?: AvroMessage,
  ) {}

  private get writes(): CompiledWrites {
    this.compiled ??= compileWrites(this.method, new AvroWrites(this.depth), this.peer)
    return this.compiled
  }

  /** Compiles what the first call would compile. */
  prepare(): void {
    void this.writes
  }

  /** The same for a peer. */
  for(peer: AvroMessage, { hasOtherUnits }: Pick<AvroProtocol, 'hasOtherUnits'>): MethodWrites {
    return hasOtherUnits || this.hasUnits() ? new MethodWrites(this.method, this.depth, peer) : this
  }

  /** Whether this side has times of a unit of their own, which are written in that of the peer. */
  private hasUnits(): boolean {
    const { input, output, throws } = this.method
    const messages = reachableMessages([input, output, ...throws])
    return [...messages].some(({ fields }) => fields.some(({ type }) => holdsUnit(type)))
  }

  /** @throws RpcError `invalid_argument` */
  writeRequest(out: AvroWriter, message: unknown): void {
    try {
      this.writes.request(out, message, 0)
    } catch (error) {
      throw asInvalidMessage(redacted(error, this.method.input), this.method.input.name)
    }
  }

  /** @throws RpcError `invalid_argument` */
  writeReply(out: AvroWriter, reply: unknown): void {
    try {
      this.writes.reply(out, reply, 0)
    } catch (error) {
      throw asInvalidMessage(redacted(error, this.method.output), this.method.output.name)
    }
  }

  /** The index of the error among the declared ones; -1 if it is not declared. */
  indexOf(error: RpcError): number {
    return this.method.throws.findIndex(one => one.class !== undefined && error instanceof one.class)
  }

  /** Writes the branch of the error union, and the error. @throws RpcError `invalid_argument` */
  writeError(out: AvroWriter, error: RpcError, index: number): void {
    out.int(index + 1)
    try {
      ;(this.writes.errors[index] as AvroWrite)(out, error, 0)
    } catch (fault) {
      throw asInvalidMessage(redacted(fault, ...this.method.throws), this.method.throws[index]?.name ?? '')
    }
  }
}

function holdsUnit(type: ValueType): boolean {
  switch (type.kind) {
    case 'scalar':
      return type.refined !== undefined && 'unit' in type.refined
    case 'list':
    case 'set':
      return holdsUnit(type.element)
    case 'map':
      return holdsUnit(type.key) || holdsUnit(type.value)
    case 'oneof':
      return type.cases.some(one => holdsUnit(one.type))
    case 'union':
      return type.branches.some(holdsUnit)
    default:
      return false
  }
}

interface CompiledWrites {
  readonly request: AvroWrite
  readonly reply: AvroWrite
  readonly errors: readonly AvroWrite[]
}

function compileWrites(method: MethodSchema, writes: AvroWrites, peer?: AvroMessage): CompiledWrites {
  return {
    request: requestWrite(method, writes, peer),
    reply: replyWrite(method, writes, peer),
    errors: method.throws.map(error =>
      writes.message(
        error,
        peer?.errors.find(one => isNamed(one, error.name)),
      ),
    ),
  }
}

function isNamed(schema: AvroSchema, name: string): boolean {
  return 'name' in schema && simpleName(schema.name) === simpleName(name)
}

function requestWrite(method: MethodSchema, writes: AvroWrites, peer?: AvroMessage): AvroWrite {
  if (method.parameters !== 'positional') return writes.message(method.input, peer?.parameters[0]?.type)
  const fields = writes.fields(method.input, peer?.parameters)
  return (out, message) => writeFields(fields, out, message as Readonly<Record<string, unknown>>, 1)
}

function replyWrite(method: MethodSchema, writes: AvroWrites, peer?: AvroMessage): AvroWrite {
  if (method.result === 'message') return writes.message(method.output, peer?.response)
  if (method.result === 'nothing') return () => {}
  return writes.field(method.output.fields[0] as FieldSchema, peer?.response).write
}

/** Reads what a peer writes for a method as this side's types. Compiled once per method and protocol of a peer. */
export class MethodReads {
  private readonly request: AvroRead
  private readonly reply: AvroRead
  private readonly errors: readonly ErrorRead[]
  private readonly reads: AvroReads

  /** @param message the peer's, of the same name */
  constructor(
    private readonly method: MethodSchema,
    message: AvroMessage,
    options: CodecOptions,
  ) {
    const reads = new AvroReads(options)
    this.reads = reads
    this.request = requestRead(method, message, reads)
    this.reply = replyRead(method, message.response, reads)
    this.errors = message.errors.map(error => errorRead(method, error, reads))
  }

  /** Compiles what the first call would compile. Only for the protocol of this side, since a peer can nest records without limit. */
  prepare(): void {
    this.reads.prepare()
  }

  /** @throws RpcError `invalid_argument` */
  readRequest(from: AvroReader): unknown {
    try {
      const message = this.request(from, 0)
      from.finish()
      return message
    } catch (error) {
      throw asInvalidMessage(redacted(error, this.method.input), this.method.input.name)
    }
  }

  /** @throws Fault */
  readReply(from: AvroReader): unknown {
    try {
      const reply = this.reply(from, 0)
      from.finish()
      return reply
    } catch (error) {
      throw redacted(error, this.method.output)
    }
  }

  /**
   * Reads the error after the branch of the error union.
   * @param index above 0; the caller reads 0, a text
   * @returns an instance of the declared class; the name of an error that this side does not declare; undefined for an unknown branch
   * @throws Fault
   */
  readError(from: AvroReader, index: number): RpcError | string | undefined {
    const error = this.errors[index - 1]
    if (error === undefined) return undefined
    try {
      const value = error.read(from, 0)
      from.finish()
      return error.isDeclared ? (value as RpcError) : error.name
    } catch (fault) {
      throw redacted(fault, ...this.method.throws)
    }
  }
}

interface ErrorRead {
  readonly name: string
  readonly isDeclared: boolean
  readonly read: AvroRead
}

/** Within a union the name decides: the full one, or else the one without its namespace. */
function errorRead(method: MethodSchema, writer: AvroSchema, reads: AvroReads): ErrorRead {
  const name = 'name' in writer ? writer.name : writer.kind
  const schema =
    method.throws.find(one => one.name === name) ?? method.throws.find(one => simpleName(one.name) === simpleName(name))
  if (schema === undefined) return { name, isDeclared: false, read: reads.skip(writer) }
  return { name, isDeclared: true, read: reads.message(writer, schema) }
}

function requestRead(method: MethodSchema, message: AvroMessage, reads: AvroReads): AvroRead {
  if (method.parameters === 'positional') return reads.parameters(message.parameters, method.input)
  const read = reads.parameters(message.parameters, requestWrapper(method.input))
  return (from, depth) => (read(from, depth - 1) as Wrapped)[requestParameter]
}

type Wrapped = { readonly [requestParameter]: unknown }

/** The parameter list around a request that is one message: an anonymous record, as in the specification. */
function requestWrapper(input: MessageSchema): MessageSchema {
  const field: FieldSchema = {
    key: requestParameter,
    name: requestParameter,
    jsonName: requestParameter,
    aliases: [],
    attribute: false,
    number: 1,
    type: { kind: 'message', message: input },
    presence: 'required',
    makeDefault: () => undefined,
  }
  return { name: input.name, class: undefined, fields: [field], create: () => ({}), isError: false }
}

function replyRead(method: MethodSchema, writer: AvroSchema, reads: AvroReads): AvroRead {
  if (method.result === 'message') return reads.message(writer, method.output)
  if (method.result === 'nothing') {
    const skip = reads.skip(writer)
    return (from, depth) => void skip(from, depth)
  }
  const { type, makeDefault } = method.output.fields[0] as FieldSchema
  const read = reads.value(writer, type)
  return (from, depth) => read(from, depth) ?? makeDefault()
}
