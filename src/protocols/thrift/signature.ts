import { checkStruct, type ThriftCompiler } from '../../codecs/thrift/compiler.js'
import {
  type ThriftReader,
  type ThriftType,
  type ThriftWriter,
  Wire,
  type WireType,
  wrongType,
} from '../../codecs/thrift/wire.js'
import { Fault, within } from '../../codecs/values/fault.js'
import { redacted } from '../../codecs/values/redact.js'
import { Code } from '../../core/code.js'
import { failure, type RpcError } from '../../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import { messagesIn } from '../../schema/reachable.js'
import type { MethodSchema } from '../../schema/service.js'
import { type ErrorStatus, readStatus, type SentError, skipDepth, statusId, writeStatus } from './error-status.js'
import { adopted } from './metadata.js'

/** The field id of a parameter that is a message. */
const requestId = 1
/** The field id of the reply in a result. */
const successId = 0

/** @throws RpcError `failed_precondition` where `argumentsOf` or `ResultType` would */
export function checkSignature(method: MethodSchema): void {
  checkStruct(method.input)
  const field = replyField(method)
  if (field !== undefined) for (const message of messagesIn(field.type)) checkStruct(message)
  else if (method.result !== 'nothing') checkStruct(method.output)
  for (const error of method.throws) checkStruct(error)
}

/** The struct of a function's arguments. */
export interface ArgumentsType {
  write(writer: ThriftWriter, message: unknown): void
  read(reader: ThriftReader): unknown
}

/**
 * A method's arguments as a Thrift struct. Positional arguments are its fields; a message is its only field, a struct named `request`.
 */
export function argumentsOf(compiler: ThriftCompiler, method: MethodSchema): ArgumentsType {
  const struct = compiler.struct(method.input)
  const { read, write } = argumentsIn(struct, method)
  return {
    write(writer, message) {
      try {
        write(writer, message)
      } catch (error) {
        throw redacted(error, method.input)
      }
    },
    read(reader) {
      try {
        return read(reader)
      } catch (error) {
        throw redacted(error, method.input)
      }
    },
  }
}

function argumentsIn(struct: ThriftType, method: MethodSchema): ArgumentsType {
  if (method.parameters !== 'message')
    return {
      write: (writer, message) => struct.write(writer, message, 0),
      read: reader => struct.read(reader, 0),
    }
  return {
    write(writer, message) {
      const begun = writer.beginStruct()
      writer.field(Wire.struct, requestId)
      struct.write(writer, message, 0)
      writer.endStruct(begun)
    },
    read(reader) {
      let request: unknown
      const begun = reader.beginStruct()
      for (let type = reader.field(); type !== Wire.stop; type = reader.field()) {
        if (reader.fieldId !== requestId) reader.skip(type, skipDepth)
        else if (type !== Wire.struct) throw within(wrongType(Wire.struct, type), 'request')
        else request = struct.read(reader, 0)
      }
      reader.endStruct(begun)
      if (request === undefined) throw within(new Fault('it is required, but absent'), 'request')
      return request
    },
  }
}

/** A declared exception. */
interface DeclaredError {
  readonly id: number
  readonly schema: MessageSchema
  readonly type: ThriftType
}

/** The struct of a function's result: the reply, or one of its exceptions. */
export class ResultType {
  private readonly success: ThriftType | undefined
  /** What an absent reply means; undefined if a reply is required or optional. */
  private readonly zero: unknown
  /** Whether a reply may be absent. */
  private readonly isOptional: boolean
  private readonly errors: readonly DeclaredError[]

  constructor(
    compiler: ThriftCompiler,
    private readonly method: MethodSchema,
  ) {
    const field = replyField(method)
    this.success = field === undefined ? structReply(compiler, method) : compiler.type(field.type)
    this.zero = field?.presence === 'implicit' && field.type.kind !== 'oneof' ? field.makeDefault() : undefined
    this.isOptional = field?.presence === 'explicit'
    this.errors = method.throws.map((schema, at) => ({
      id: method.throwIds?.[at] ?? at + 1,
      schema,
      type: compiler.struct(schema),
    }))
  }

  /** Writes a reply. */
  write(writer: ThriftWriter, reply: unknown): void {
    try {
      this.writeReply(writer, reply)
    } catch (error) {
      throw redacted(error, this.method.output)
    }
  }

  private writeReply(writer: ThriftWriter, reply: unknown): void {
    const { success } = this
    const begun = writer.beginStruct()
    if (success !== undefined) {
      const value = reply ?? this.zero
      if (value !== undefined || !this.isOptional) {
        writer.field(success.wire as WireType, successId)
        success.write(writer, value, 0)
      }
    }
    writer.endStruct(begun)
  }

  /** Whether the error is one that the method declares. */
  declares(error: RpcError): boolean {
    return this.errorOf(error) !== undefined
  }

  private errorOf(error: RpcError): DeclaredError | undefined {
    for (const one of this.errors) if (one.schema.class !== undefined && error instanceof one.schema.class) return one
    return undefined
  }

  /** Writes the result that holds a declared error. */
  readonly asError = {
    write: (writer: ThriftWriter, sent: SentError): void => {
      const declared = this.errorOf(sent.error) as DeclaredError
      const begun = writer.beginStruct()
      writer.field(Wire.struct, declared.id)
      try {
        declared.type.write(writer, sent.error, 0)
      } catch (error) {
        throw redacted(error, declared.schema)
      }
      writeStatus(writer, sent, true)
      writer.endStruct(begun)
    },
  }

  /** Reads the rest of a reply. @throws RpcError if it holds an exception; Fault if it is malformed or does not end there */
  read(reader: ThriftReader): unknown {
    try {
      return this.readResult(reader)
    } catch (error) {
      throw redacted(error, this.method.output, ...this.method.throws)
    }
  }

  private readResult(reader: ThriftReader): unknown {
    let reply: unknown
    let hasReply = false
    let error: RpcError | undefined
    let status: ErrorStatus | undefined
    const begun = reader.beginStruct()
    for (let type = reader.field(); type !== Wire.stop; type = reader.field()) {
      const id = reader.fieldId
      if (id === successId && this.success !== undefined) {
        if (type !== this.success.wire) throw wrongType(this.success.wire, type)
        reply = this.success.read(reader, 0) ?? this.zero
        hasReply = true
      } else if (id === statusId && type === Wire.struct) status = readStatus(reader)
      else {
        const declared = type === Wire.struct ? this.errors.find(one => one.id === id) : undefined
        if (declared === undefined) reader.skip(type, skipDepth)
        else error = declared.type.read(reader, 0) as RpcError
      }
    }
    reader.endStruct(begun)
    reader.endMessage()
    reader.finish()
    if (error !== undefined) throw this.typed(error, status)
    if (!hasReply && this.success !== undefined && !this.isOptional) throw this.missing()
    return reply
  }

  /** Sets message, code and headers of a declared error, which are sent beside it. Without them it keeps those of its class. */
  private typed(error: RpcError, status: ErrorStatus | undefined): RpcError {
    const { path } = this.method
    const own = error.message === '' ? `${path}: ${error.constructor.name}` : error.message
    const message = status === undefined ? own : status.message
    const headers = adopted(status?.headers ?? [])
    Object.defineProperty(error, 'message', { value: message, writable: true, configurable: true })
    return Object.assign(error, {
      ...(status?.code === undefined ? {} : { code: status.code }),
      details: status?.details ?? [],
      ...(headers === undefined ? {} : { headers }),
    })
  }

  private missing(): RpcError {
    return failure('missing_result', Code.internal, `${this.method.path}: the server answered without a result`)
  }
}

/** The field of a reply that is neither a message nor a oneOf. */
function replyField(method: MethodSchema): FieldSchema | undefined {
  const field = method.result === 'value' ? method.output.fields[0] : undefined
  return field?.type.kind === 'oneof' ? undefined : field
}

/** The struct of a reply that is a message, or the union of one that is a oneOf. */
function structReply(compiler: ThriftCompiler, method: MethodSchema): ThriftType | undefined {
  if (method.result === 'nothing') return undefined
  const struct = compiler.struct(method.output)
  const field = method.result === 'value' ? method.output.fields[0] : undefined
  if (field === undefined) return struct
  const { key } = field
  return {
    wire: struct.wire,
    write: (writer, value, depth) => struct.write(writer, { [key]: value }, depth),
    read: (reader, depth) => (struct.read(reader, depth) as Record<string, unknown>)[key],
  }
}
