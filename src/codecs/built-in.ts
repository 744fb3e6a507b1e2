import { avro } from './avro.js'
import type { Codec } from './codec.js'
import { json } from './json.js'
import { msgpack, msgpackCompact } from './msgpack.js'
import { protobuf } from './protobuf.js'
import { thriftBinary, thriftCompact, thriftJson } from './thrift.js'
import { xml } from './xml.js'

/** By name, as in `?codec=json` and in content types. */
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
