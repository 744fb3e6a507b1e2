import { defaultLimits } from '../../core/limits.js'
import { misuse } from '../../core/rpc-error.js'
import { Field, Message } from '../../decorators/message.js'
import { valueMessage } from '../../decorators/wrapper-message.js'
import { bytes, string } from '../../schema/algebra.js'
import type { MessageSchema } from '../../schema/message.js'
import { type Packing, packing } from '../../schema/packing.js'
import { messageClassOf } from '../../schema/registry.js'
import { valueTypeOf } from '../../schema/resolve.js'
import type { TypeLike, ValueType } from '../../schema/type.js'
import { wellKnownMessageOf, wellKnownTypeOf } from '../../schema/well-known.js'
import type { Serializer } from '../codec.js'
import { protobuf } from './codec.js'

const prefix = 'type.googleapis.com/'

/**
 * A message of any type, with its name: `google.protobuf.Any`. JSON shows the message itself beside `@type`, and so needs its class, which
 * must have been declared in the process. Other wires carry the message in protobuf's binary format.
 *
 * @example
 * @Message('shop.Event')
 * class Event { @Field(1, Any) detail?: Any }
 *
 * event.detail = Any.pack(Order, order)
 * const order = event.detail.unpack(Order)
 *
 * @see docs/guide/services-and-messages.md
 */
@Message('google.protobuf.Any')
export class Any {
  /** The message's name behind a slash: `type.googleapis.com/shop.v1.Order`. */
  @Field(1, string, { name: 'type_url', jsonName: 'typeUrl' }) typeUrl = ''
  /** The message in protobuf's binary format. */
  @Field(2, bytes) value = new Uint8Array(0)

  /** For codecs. */
  static readonly [packing]: Packing = {
    typeOf: url => typeNamed(nameIn(url)),
    open(any) {
      const { typeUrl: url, value } = any as Any
      const type = typeNamed(nameIn(url))
      return type && { url, type, value: serializerOf(type).decode(value) }
    },
    empty: () => new Any(),
    close: ({ url, type, value }) =>
      Object.assign(new Any(), { typeUrl: url, value: plain(serializerOf(type).encode(value)) }),
  }

  /**
   * Packs a value: a message, or one of protobuf's well-known types, such as `timestamp`.
   *
   * @example
   * Any.pack(Order, order)
   *
   * @throws RpcError `invalid_argument` if the value does not fit the type; `failed_precondition` (`not_a_message`) for a type that is not
   * a   message in protobuf
   */
  static pack<T>(type: TypeLike<T>, value: T): Any {
    const packed = valueTypeOf(type, 'Any.pack')
    return Any[packing].close({ url: prefix + nameOf(packed, 'Any.pack'), type: packed, value }) as Any
  }

  /** Whether it holds a value of this type. */
  is(type: TypeLike): boolean {
    return nameIn(this.typeUrl) === nameOf(valueTypeOf(type, 'Any.is'), 'Any.is')
  }

  /**
   * The value, if it is of this type; else undefined.
   *
   * @example
   * const order = event.detail.unpack(Order)
   *
   * @throws RpcError `invalid_argument` (`invalid_message`) if the bytes are not such a message
   */
  unpack<T>(type: TypeLike<T>): T | undefined {
    if (!this.is(type)) return undefined
    return serializerOf(valueTypeOf(type, 'Any.unpack')).decode(this.value) as T
  }
}

/** Not a Buffer, as bytes of a message are not. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}

function nameIn(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

function nameOf(type: ValueType, where: string): string {
  const name =
    type.kind === 'message' ? type.message.name : type.kind === 'scalar' ? wellKnownMessageOf(type) : undefined
  if (name !== undefined) return name
  throw misuse(
    'not_a_message',
    `${where}: ${type.kind === 'scalar' ? type.name : type.kind} is not a message in protobuf; pass a class with @Message()`,
  )
}

function typeNamed(name: string): ValueType | undefined {
  const known = wellKnownTypeOf(name)
  if (known !== undefined) return known
  const type = messageClassOf(name)
  return type && valueTypeOf(type, name)
}

const { depth, values } = defaultLimits
const serializers = /* @__PURE__ */ new WeakMap<object, Serializer>()

/** A message by its schema, and a well-known scalar as the body of its message. */
function serializerOf(type: ValueType): Serializer {
  const key = type.kind === 'message' ? type.message : type
  let serializer = serializers.get(key)
  if (serializer === undefined) {
    serializer =
      type.kind === 'message'
        ? protobuf.compile(type.message as MessageSchema, { depth, values })
        : bodySerializer(type)
    serializers.set(key, serializer)
  }
  return serializer
}

/** Field 1 of a message around the value: its tag, its length, and the bytes that stand in the Any. */
function bodySerializer(type: ValueType): Serializer {
  const around = protobuf.compile(valueMessage('google.protobuf.Any', type), { depth, values })
  return {
    encode(value) {
      const field = around.encode({ value })
      let start = 1
      while ((field[start] as number) > 127) start++
      return field.slice(start + 1)
    },
    decode(body) {
      const head = [0x0a]
      let length = body.length
      for (; length > 127; length = Math.floor(length / 128)) head.push((length % 128) | 128)
      head.push(length)
      const field = new Uint8Array(head.length + body.length)
      field.set(head)
      field.set(body, head.length)
      return (around.decode(field) as { readonly value: unknown }).value
    },
  }
}
