import { Code } from '../../core/code.js'
import { defaultLimits } from '../../core/limits.js'
import { failure, misuse } from '../../core/rpc-error.js'
import { checkTransforms } from '../../decorators/check-transforms.js'
import type { JsonObject } from '../../schema/json-value.js'
import type { MessageSchema } from '../../schema/message.js'
import { isClass, messageSchemaOf } from '../../schema/resolve.js'
import type { Class } from '../../schema/type.js'
import type { CodecOptions, Serializer } from '../codec.js'
import { json } from './codec.js'

/** Options of `toJson` and `fromJson`: those of the JSON codec. */
export type JsonOptions = Partial<CodecOptions>

/**
 * Turns a message into a JSON value, as the JSON codec writes it, for routes beside RPC: an `int64` becomes a string, a Map an object,
 * bytes base64, and class-transformer's decorators hold.
 *
 * @param options limits and class-transformer's groups. Default: `defaultLimits`, no groups
 *
 * @example
 * router.get('/users/:id', async context => {
 *   context.body = toJson(User, await users.find({ id: BigInt(context.params.id) }))
 * })
 *
 * @throws RpcError `invalid_argument` (`invalid_message`), with the path of a value that does not fit its type; `failed_precondition` if
 * the   class is not a message
 * @see docs/guide/codecs.md#messages-in-other-routes
 */
export function toJson<T extends object>(type: Class<T>, message: T, options?: JsonOptions): JsonObject {
  return JSON.parse(decoder.decode(serializerFor(type, options).encode(message))) as JsonObject
}

/**
 * Reads a message from JSON, as the JSON codec reads it: the opposite of `toJson`.
 *
 * @param value JSON as text, or a value that was parsed
 * @param options limits and class-transformer's groups. Default: `defaultLimits`, no groups
 *
 * @example
 * const user = fromJson(User, context.request.body)
 *
 * @throws RpcError `invalid_argument` (`malformed_json`, `invalid_message`), with the path of what is wrong; `resource_exhausted`
 *   (`too_many_values`); `failed_precondition` if the class is not a message
 * @see docs/guide/codecs.md#messages-in-other-routes
 */
export function fromJson<T extends object>(type: Class<T>, value: unknown, options?: JsonOptions): T {
  const serializer = serializerFor(type, options)
  return serializer.decode(encoder.encode(typeof value === 'string' ? value : textOf(value, type)))
}

function textOf(value: unknown, type: Class): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    throw failure('malformed_json', Code.invalid_argument, `${type.name}: the value is not JSON: ${String(error)}`)
  }
}

const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder()

const defaults: JsonOptions = {}
const compiled = /* @__PURE__ */ new WeakMap<Class, WeakMap<JsonOptions, Serializer>>()

function schemaOf(type: Class): MessageSchema {
  const schema = isClass(type) ? messageSchemaOf(type) : undefined
  if (schema === undefined)
    throw misuse('not_a_message', `${String(type?.name ?? type)} is not a message; pass a class with @Message()`)
  checkTransforms(schema)
  return schema
}

/** Compiled once for a class and an options object. */
function serializerFor<T>(type: Class<T>, options = defaults): Serializer<T> {
  let ofClass = compiled.get(type)
  if (ofClass === undefined) {
    ofClass = new WeakMap()
    compiled.set(type, ofClass)
  }
  let serializer = ofClass.get(options)
  if (serializer === undefined) {
    const { depth, values } = defaultLimits
    serializer = json.compile(schemaOf(type), { depth, values, ...options })
    ofClass.set(options, serializer)
  }
  return serializer as Serializer<T>
}
