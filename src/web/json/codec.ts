import type { Codec, CodecOptions } from '../../codecs/codec.js'
import { asInvalidMessage, enumLabel, Fault, isObject, keyStep, mismatch } from '../../codecs/values/fault.js'
import { isInt32 } from '../../codecs/values/fits.js'
import { carrierOf, refineOf } from '../../codecs/values/refined.js'
import { scalarOf } from '../../codecs/values/scalar-forms.js'
import type { MessageSchema } from '../../schema/message.js'
import { packing } from '../../schema/packing.js'
import type { EnumType, MapType, ScalarType, ValueType } from '../../schema/type.js'
import { at, PageMessage } from './message.js'
import { forms, type PageType } from './scalars.js'

/**
 * JSON for pages: the protobuf JSON mapping, as polywire's servers speak it, by the browser's own `JSON`. The default of `connect`.
 *
 * It reads no class-transformer decorators, has no `Any`, and takes 64-bit integers only as text or where a number holds them exactly.
 *
 * @example
 * const hello = connect(Hello, 'https://api.example.com', { codec: json })
 *
 * @see docs/guide/web.md
 */
export const json: Codec = {
  name: 'json',
  contentTypes: ['json'],
  isText: true,
  compile(schema, options) {
    const type = new Compiler(options).message(schema)
    const guarded = <T>(run: () => T): T => {
      try {
        return run()
      } catch (error) {
        throw asInvalidMessage(error, schema.name)
      }
    }
    return {
      encode: message => guarded(() => new TextEncoder().encode(JSON.stringify(type.write(message, 0)))),
      decode: bytes => guarded(() => type.read(parsed(bytes), 0) as never),
    }
  },
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    throw new Fault('this is no JSON', 'malformed_json')
  }
}

/** Compiles one message and the messages within it; each once, since they may be recursive. */
class Compiler {
  private readonly messages = new Map<MessageSchema, PageType>()

  constructor(private readonly options: CodecOptions) {}

  message(schema: MessageSchema): PageType {
    const known = this.messages.get(schema)
    if (known !== undefined) return known
    if (schema.class !== undefined && packing in schema.class) return refusing('google.protobuf.Any')
    const made = new PageMessage(schema, this.options.depth)
    this.messages.set(schema, made)
    made.complete(type => this.type(type))
    return made
  }

  private type(type: ValueType): PageType {
    switch (type.kind) {
      case 'scalar':
        return ofScalar(type)
      case 'enum':
        return ofEnum(type)
      case 'message':
        return this.message(type.message)
      case 'list':
        return listOf(this.type(type.element))
      case 'set':
        return setOf(listOf(this.type(type.element)))
      case 'map':
        return mapOf(this.key(type.key), this.type(type.value))
      case 'union':
        return refusing('union')
      case 'oneof':
        throw new Error('a oneOf must be a field of a message')
    }
  }

  private key(type: MapType['key']): PageType {
    if (type.kind !== 'scalar' && type.kind !== 'enum') return refusing(`map with keys of type ${type.kind}`)
    return type.kind === 'scalar' && type.name === 'bool' ? boolKey : this.type(type)
  }
}

/** A type whose values only other codecs carry. */
function refusing(what: string): PageType {
  const refuse = () => {
    throw new Fault(`the JSON of pages has no ${what}; give connect another codec`)
  }
  return { write: refuse, read: refuse }
}

function ofScalar(type: ScalarType): PageType {
  const carrier = scalarOf(carrierOf(type), forms)
  if (type.refined === undefined) return carrier
  const refine = refineOf(type.refined)
  return {
    write: (value, depth) => carrier.write(refine(value), depth),
    read: (json, depth) => refine(carrier.read(json, depth)),
  }
}

function listOf(type: PageType): PageType {
  return {
    write(value, depth) {
      if (!Array.isArray(value)) throw mismatch('list (an Array)', value)
      return value.map((one, index) => at(`[${index}]`, () => type.write(one, depth)))
    },
    read(json, depth) {
      if (!Array.isArray(json)) throw mismatch('array', json)
      return json.map((one, index) => at(`[${index}]`, () => type.read(one, depth))).filter(one => one !== undefined)
    },
  }
}

function setOf(list: PageType): PageType {
  return {
    write(value, depth) {
      if (!(value instanceof Set)) throw mismatch('set (a Set)', value)
      return list.write([...value], depth)
    },
    read: (json, depth) => new Set(list.read(json, depth) as unknown[]),
  }
}

function mapOf(keys: PageType, values: PageType): PageType {
  return {
    write(value, depth) {
      if (!(value instanceof Map)) throw mismatch('map (a Map)', value)
      const json = Object.create(null) as Record<string, unknown>
      for (const [key, one] of value)
        at(keyStep(key), () => {
          json[String(keys.write(key, depth))] = values.write(one, depth)
        })
      return json
    },
    read(json, depth) {
      if (!isObject(json)) throw mismatch('object', json)
      const map = new Map<unknown, unknown>()
      for (const [name, one] of Object.entries(json))
        at(keyStep(name), () => {
          const [key, value] = [keys.read(name, depth), values.read(one, depth)]
          if (key !== undefined && value !== undefined) map.set(key, value)
        })
      return map
    },
  }
}

/** Other keys are text in JSON, or are read from text. */
const boolKey: PageType = {
  write: value => forms.bool.write(value, 0),
  read(json) {
    if (json === 'true' || json === 'false') return json === 'true'
    throw new Fault('expected true or false as a key')
  },
}

/** By name; read by number too. An open enum keeps an unknown number; any other unknown member counts as absent. */
function ofEnum(type: EnumType): PageType {
  const names = new Map(type.values.toReversed().map(({ value, name }) => [value as unknown, name]))
  return {
    write(value) {
      const name = names.get(value)
      if (name !== undefined) return name
      if (type.open && isInt32(value)) return value
      throw mismatch(enumLabel(type), value)
    },
    read(json) {
      const byName = type.byName.get(json as string)
      if (byName !== undefined) return byName.value
      const number = typeof json === 'string' && /^-?\d{1,10}$/.test(json) ? Number(json) : json
      if (isInt32(number)) return type.byNumber.get(number)?.value ?? (type.open ? number : undefined)
      if (typeof json === 'string') return undefined
      throw mismatch(enumLabel(type), json)
    },
  }
}
