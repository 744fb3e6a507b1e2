import type { MessageSchema } from '../../schema/message.js'
import { type Packing, packing } from '../../schema/packing.js'
import type { ValueType } from '../../schema/type.js'
import { Fault, isObject, mismatch, shortened, tooDeep } from '../values/fault.js'
import { JsonMessage } from './message.js'
import { type JsonType, scannedAsRead } from './value.js'

/** The packing of a schema of `google.protobuf.Any`; undefined for any other message. */
export function packingOf({ class: type }: MessageSchema): Packing | undefined {
  return (type as { readonly [packing]?: Packing } | undefined)?.[packing]
}

/**
 * google.protobuf.Any: the fields of the message beside `@type`. A message with a JSON form of its own stands in `value`.
 * Source: protobuf's ProtoJSON format.
 * @param typeOf compiles a type
 */
export function jsonAny(known: Packing, typeOf: (type: ValueType) => JsonType, deepest: number): JsonType {
  const check = (depth: number) => {
    if (depth > deepest) throw tooDeep(deepest)
  }
  return scannedAsRead({
    write(writer, any, depth) {
      if (!isObject(any)) throw mismatch('google.protobuf.Any', any)
      check(depth)
      if (any.typeUrl === '') {
        writer.ascii('{}')
        return
      }
      const packed = known.open(any)
      if (packed === undefined) throw unknownType(any.typeUrl)
      const type = typeOf(packed.type)
      const first = `"@type":${JSON.stringify(packed.url)}`
      if (type instanceof JsonMessage) {
        type.writeBehind(first, writer, packed.value, depth + 1)
        return
      }
      writer.json(`{${first},"value":`)
      type.write(writer, packed.value, depth + 1)
      writer.byte(0x7d)
    },
    read(json, depth) {
      if (!isObject(json)) throw mismatch('object (google.protobuf.Any)', json)
      check(depth)
      const url = json['@type']
      if (url === undefined && Object.keys(json).length === 0) return known.empty()
      if (typeof url !== 'string') throw new Fault('expected google.protobuf.Any, got an object without "@type"')
      const valueType = known.typeOf(url)
      if (valueType === undefined) throw unknownType(url)
      const type = typeOf(valueType)
      const value = type.read(type instanceof JsonMessage ? json : json.value, depth + 1)
      return known.close({ url, type: valueType, value })
    },
  })
}

function unknownType(url: unknown): Fault {
  const name = typeof url === 'string' ? shortened(url) : typeof url
  return new Fault(
    `no @Message class of the type ${name} has been declared in this process, and JSON needs it; import its class`,
  )
}
