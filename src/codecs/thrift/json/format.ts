import { Fault } from '../../values/fault.js'
import type { ThriftFormat } from '../wire.js'
import { JsonReader } from './reader.js'
import { JsonWriter } from './writer.js'

/** Version, name, kind and sequence id. */
const header = /^\s*\[\s*1\s*,\s*"(?:[^"\\]|\\.)*"\s*,\s*\d+\s*,\s*-?\d+\s*(?=,)/

/** Thrift's JSON protocol, TJSON: `{"1":{"str":"x"}}`. Source: Apache Thrift, "thrift-tjson-protocol" of its specifications. */
export const jsonFormat: ThriftFormat = {
  name: 'json',
  writer: () => new JsonWriter(),
  reader: (bytes, start, end, values) => new JsonReader(bytes, start, end, values),
  headReader,
  prepareName: name => Buffer.from(JSON.stringify(name)),
}

/** A part of a JSON text is none, so what is there of it gets an end of its own. */
function headReader(bytes: Uint8Array): JsonReader {
  const [head] = header.exec(Buffer.prototype.latin1Slice.call(bytes, 0, bytes.length)) ?? []
  if (head === undefined) throw new Fault('a message without a header')
  const whole = Buffer.from(`${head},{}]`, 'latin1')
  return new JsonReader(whole, 0, whole.length, Number.POSITIVE_INFINITY)
}
