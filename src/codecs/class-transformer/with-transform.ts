import type { Codec, TransformOptions } from '../codec.js'

/**
<<<<<<< HEAD
 * The same codec with class-transformer's groups and version. JSON, XML and MessagePack honour its decorators.
 *
 * @example
 * await serve([Users], { codecs: [withTransform(json, { groups: ['admin'], version: 2 })] })
=======
 * Returns the same codec with class-transformer's groups and version, for the codecs that honour its decorators: JSON, XML and MessagePack.
 *
 * @example
 * await serve([Users], { codecs: [withTransform(json, { groups: ['admin'], version: 2 })] })
 *
 * @see docs/guide/codecs.md
>>>>>>> d2e08ac (Write hover texts for the exports)
 */
export function withTransform(codec: Codec, transform: TransformOptions): Codec {
  return { ...codec, compile: (schema, options) => codec.compile(schema, { ...options, transform }) }
}
