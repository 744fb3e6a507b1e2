import type { Codec, TransformOptions } from '../codec.js'

/**
 * The same codec with class-transformer's groups and version. JSON, XML and MessagePack honour its decorators.
 *
 * @example
 * await serve([Users], { codecs: [withTransform(json, { groups: ['admin'], version: 2 })] })
 */
export function withTransform(codec: Codec, transform: TransformOptions): Codec {
  return { ...codec, compile: (schema, options) => codec.compile(schema, { ...options, transform }) }
}
