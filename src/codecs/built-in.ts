import { avro } from './avro/codec.js'
import type { Codec } from './codec.js'
import { json } from './json/codec.js'
import { msgpack, msgpackCompact } from './msgpack/codec.js'
import { protobuf } from './protobuf/codec.js'
import { thriftBinary, thriftCompact, thriftJson } from './thrift/codec.js'
import { xml } from './xml/codec.js'

/** The codecs that every server and client has. */
export const builtInCodecs: readonly Codec[] = [
  json,
  protobuf,
  xml,
  msgpack,
  msgpackCompact,
  avro,
  thriftBinary,
  thriftCompact,
  thriftJson,
]
