import type { Codec, TransformOptions } from '../codec.js'

/**
 * Returns the same codec with class-transformer's groups and version, for the codecs that honour its decorators: JSON, XML and MessagePack.
 *
 * @example
 * await serve([Users], { codecs: [withTransform(json, { groups: ['admin'], version: 2 })] })
 *
 * @see docs/guide/codecs.md
 */
export function withTransform(codec: Codec, transform: TransformOptions): Codec {
  const { check } = codec
  return {
    ...codec,
    ...(check && { check: (schema, options) => check(schema, { ...options, transform }) }),
    compile: (schema, options) => codec.compile(schema, { ...options, transform }),
  }
}
