import { Code } from '../core/code.js'
import { defaultLimits } from '../core/limits.js'
import { RpcError } from '../core/rpc-error.js'
import type { MessageSchema } from '../schema/message.js'
import type { MethodSchema } from '../schema/service.js'
import { encodeAfter } from './bytes/headroom.js'
import type { Codec, CodecOptions, Serializer } from './codec.js'

/**
 * The serializers of one method, for a protocol. They wrap and unwrap a reply that is not a message, so handlers, policies and callers see
 * the plain value.
 */
export interface MethodSerializers {
  /** One request, or one message of a request stream. */
  readonly request: Serializer
  /** One reply, or one message of a reply stream. */
  readonly reply: Serializer
  /** Declared errors by message name. */
  readonly errors: ReadonlyMap<string, Serializer>
}

/**
 * Which of a server's codecs carry a method. A message without field numbers is served in the codecs that need none.
 * @throws what `check` throws other than `failed_precondition`
 */
export function carriers(codecs: readonly Codec[], method: MethodSchema, options: CodecOptions): Carriers {
  const carried: Codec[] = []
  const refusals = new Map<Codec, RpcError>()
  for (const codec of codecs) {
    try {
      checkMethod(codec, method, options)
      carried.push(codec)
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== Code.failed_precondition) throw error
      refusals.set(codec, error)
    }
  }
  return { carried, refusals }
}

interface Carriers {
  readonly carried: readonly Codec[]
  readonly refusals: ReadonlyMap<Codec, RpcError>
}

/** Compiles nothing that is not used. @throws RpcError `failed_precondition` if the codec cannot carry the method's requests or replies */
function checkMethod(codec: Codec, { input, output }: MethodSchema, options: CodecOptions): void {
  check(codec, input, options)
  check(codec, output, options)
}

function check(codec: Codec, schema: MessageSchema, options: CodecOptions): void {
  if (codec.check === undefined) codec.compile(schema, options)
  else codec.check(schema, options)
}

/** @throws RpcError `failed_precondition` if the codec cannot carry the method */
export function compileMethod(codec: Codec, method: MethodSchema, options: CodecOptions): MethodSerializers {
  const compile = (schema: MessageSchema) => codec.compile(schema, options)
  const input = compile(method.input)
  const output = compile(method.output)
  return {
    request: method.parameters === 'value' ? unwrapped(input) : input,
    reply: method.result === 'message' ? output : method.result === 'value' ? unwrapped(output) : emptied(output),
    errors: new Map(method.throws.map(error => [error.name, compile(error)])),
  }
}

/** Why the codec cannot carry the method, as a clause; undefined if it can. */
export function refusedBy(codec: Codec, method: MethodSchema): string | undefined {
  return reasonOf(() => {
    checkMethod(codec, method, defaultLimits)
    for (const error of method.throws) check(codec, error, defaultLimits)
  })
}

/** Why the codec cannot carry the message, as a clause; undefined if it can. */
export function messageRefusedBy(codec: Codec, message: MessageSchema): string | undefined {
  return reasonOf(() => check(codec, message, defaultLimits))
}

function reasonOf(checks: () => void): string | undefined {
  try {
    checks()
    return undefined
  } catch (error) {
    if (error instanceof RpcError && error.code === Code.failed_precondition) return error.message
    throw error
  }
}

function unwrapped(serializer: Serializer): Serializer {
  return {
    encode: value => serializer.encode({ value }),
    encodeAfter: (value, headroom) => encodeAfter(serializer, { value }, headroom),
    decode: (bytes, isOwn) => (serializer.decode(bytes, isOwn) as { value: unknown }).value,
    prepare: () => serializer.prepare?.(),
  }
}

function emptied(serializer: Serializer): Serializer {
  const empty = {}
  return {
    encode: () => serializer.encode(empty),
    encodeAfter: (_nothing, headroom) => encodeAfter(serializer, empty, headroom),
    decode: bytes => void serializer.decode(bytes),
    prepare: () => serializer.prepare?.(),
  }
}
