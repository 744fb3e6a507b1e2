import type { Codec, CodecOptions } from '../../codecs/codec.js'
import { asInvalidMessage, Fault } from '../../codecs/values/fault.js'
import type { MessageSchema } from '../../schema/message.js'
import { packing } from '../../schema/packing.js'
import { PageMessage } from './message.js'
import { type Compile, formOf, type PageType, refusing } from './page-type.js'
import { plainScalar } from './scalars.js'

/**
 * JSON for pages: the protobuf JSON mapping, as polywire's servers speak it, by the browser's own `JSON`. The default of `connect`.
 *
 * Types bring their JSON with them: a contract without maps has no code of maps in its page.
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
    const type = messageOf(schema, options)
    return {
      encode: message => asInvalid(schema, () => new TextEncoder().encode(JSON.stringify(type.write(message, 0)))),
      decode: bytes => asInvalid(schema, () => type.read(parsed(bytes), 0) as never),
    }
  },
}

/** @throws RpcError `invalid_argument` (`invalid_message`) for a Fault */
export function asInvalid<T>({ name }: MessageSchema, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw asInvalidMessage(error, name)
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    throw new Fault('this is no JSON', 'malformed_json')
  }
}

/** Compiles a message and those within it; each once, since they may be recursive. */
export function messageOf(schema: MessageSchema, { depth }: CodecOptions): PageType {
  const messages = new Map<MessageSchema, PageType>()
  const message = (schema: MessageSchema): PageType => {
    const known = messages.get(schema)
    if (known !== undefined) return known
    if (schema.class !== undefined && packing in schema.class) return refusing('google.protobuf.Any')
    const made = new PageMessage(schema, depth)
    messages.set(schema, made)
    made.complete(compile)
    return made
  }
  const compile: Compile = (type, key = '') => {
    if (type.kind === 'message') return message(type.message)
    const form = formOf(type)
    if (form !== undefined) return form(type as never, compile, key)
    const plain = type.kind === 'scalar' && type.refined === undefined ? plainScalar(type.name) : undefined
    return plain ?? refusing(type.kind === 'scalar' ? type.name : type.kind)
  }
  return message(schema)
}
