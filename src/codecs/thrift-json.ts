import { JsonReader } from './thrift-json-reader.js'
import { JsonWriter } from './thrift-json-writer.js'
import type { ThriftFormat } from './thrift-wire.js'

/** Thrift's JSON protocol, TJSON: `{"1":{"str":"x"}}`. Source: Apache Thrift, "thrift-tjson-protocol" of its specifications. */
export const jsonFormat: ThriftFormat = {
  name: 'json',
  writer: () => new JsonWriter(),
  reader: (bytes, start, end) => new JsonReader(bytes, start, end),
  prepareName: name => Buffer.from(JSON.stringify(name)),
}
