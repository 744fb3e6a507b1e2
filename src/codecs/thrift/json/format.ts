import { Fault } from '../../values/fault.js'
import type { ThriftFormat } from '../wire.js'
import { headReader, JsonReader } from './reader.js'
import { checkKeys } from './schema-check.js'
import { JsonWriter } from './writer.js'

/** Thrift's JSON protocol, TJSON: `{"1":{"str":"x"}}`. Source: Apache Thrift, "thrift-tjson-protocol" of its specifications. */
export const jsonFormat: ThriftFormat = {
  name: 'json',
  writer: headroom => new JsonWriter(headroom),
  reader: (bytes, start, end, values) => new JsonReader(bytes, start, end, values),
  headReader: bytes => {
    const reader = headReader(bytes)
    if (reader === undefined) throw new Fault('a message without a header')
    return reader
  },
  check: checkKeys,
  prepareName: name => Buffer.from(JSON.stringify(name)),
}
