import type { IncomingMessage } from 'node:http'
import test from 'ava'
import { accepts } from '../../src/codecs/compression.js'
import { jsonFormat } from '../../src/codecs/thrift/json/format.js'
import { Fault } from '../../src/codecs/values/fault.js'
import { Headers } from '../../src/core/headers.js'
import { defaultLimits } from '../../src/core/limits.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Http2Error } from '../../src/http2/error.js'
import { fieldOf } from '../../src/http2/header-list.js'
import { HpackDecoder } from '../../src/http2/hpack-decoder.js'
import { freshnessOf } from '../../src/policies/cached/freshness.js'
import { isHandshake } from '../../src/protocols/avro/handshake.js'
import { parseProtocol } from '../../src/protocols/avro/protocol-schema.js'
import { subtypeOf } from '../../src/protocols/grpc/content-type.js'
import * as grpc from '../../src/protocols/grpc/metadata.js'
import { decodeStatus } from '../../src/protocols/grpc-status/rpc-status.js'
import { codeOfStatus, decodeMessage } from '../../src/protocols/grpc-status/status.js'
import { parseTimeout as grpcTimeout } from '../../src/protocols/grpc-status/timeout.js'
import { addPushback } from '../../src/protocols/http/client/pushback.js'
import { mediaTypeOf } from '../../src/protocols/http/content-type.js'
import { readGetRequest } from '../../src/protocols/http/get-request.js'
import * as http from '../../src/protocols/http/metadata.js'
import { readEndStream } from '../../src/protocols/http/read-end-stream.js'
import { readJson } from '../../src/protocols/http/read-error.js'
import { isKnownTo } from '../../src/protocols/http/server/conditional.js'
import { parseTimeout as httpTimeout } from '../../src/protocols/http/timeout.js'
import { transportOf } from '../../src/protocols/thrift/detect.js'
import { headerValue } from '../../src/protocols/thrift/metadata.js'
import { readHeaderFrame } from '../../src/protocols/thrift/theader.js'
import { readEntry } from '../../src/resolvers/etcd-entry.js'
import { linear } from '../support/growth.js'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

/** What reads the bytes around messages, one row each: what it reads may begin with any of the texts. */
const parsers: Readonly<Record<string, readonly [parse: (text: string) => unknown, ...beginnings: string[]]>> = {
  'accept-encoding': [text => accepts(text, 'gzip'), '', 'gzip', 'gzip;q=0', 'gzip; q =', 'gzip;q=0.'],
  'cache-control': [text => freshnessOf(Headers.adopt(['cache-control', text]), 1e9), '', 'max-age=', 'no-'],
  'if-none-match': [text => isKnownTo({ headers: { 'if-none-match': text } } as IncomingMessage, '"a"'), '', 'W/"'],
  'content-type of gRPC': [subtypeOf, '', 'application/grpc', 'application/grpc+'],
  'content-type of Connect': [mediaTypeOf, '', 'application/json', 'application/json; charset', 'a;charset='],
  'grpc-timeout': [grpcTimeout, '', '1'],
  'connect-timeout-ms': [httpTimeout, '', '1'],
  'retry-after': [text => addPushback(503, ['retry-after', text]), '', '1', 'Mon, 01 Jan '],
  'grpc-status': [codeOfStatus, '', '1'],
  'grpc-message': [decodeMessage, '', '%'],
  'grpc-status-details-bin': [text => decodeStatus(latin1(text)), '', '\x1a\xff\xff\x03'],
  'metadata of gRPC': [text => grpc.readMetadata(['a-bin', text, text, 'a']), ''],
  'metadata of Connect': [text => http.metadataOf(['a-bin', text, text, 'a']), ''],
  'metadata of Thrift': [text => [headerValue('a-bin', text), headerValue(text, 'a')], ''],
  'query of a GET': [readGetRequest, '', 'encoding=json&base64=1&message=', 'encoding=json&message='],
  'end of a stream': [text => readEndStream(readJson(latin1(text))), '', '{"metadata":{"a":["', '{"error":'],
  'an HTTP/2 field': [text => [fieldOf('a', text), fieldOf(text, 'a')], '', 'a'],
  HPACK: [text => new HpackDecoder(65_536).decode(latin1(text), 0, text.length), '', '\x40\x01a\x01b'],
  'the first bytes of Thrift': [text => transportOf(latin1(text)), '', '\x00\x00\x04\x00', '\x00\x01\x00\x00[1,"'],
  'the head of a Thrift message in JSON': [text => jsonFormat.headReader(latin1(text)), '', '[1', '[1,"', '[1,"a",1'],
  THeader: [text => readHeaderFrame(latin1(text), defaultLimits), '', '\x0f\xff\0\0\0\0\0\0\x0f\xff\0\0'],
  'the first bytes of Avro': [text => isHandshake(latin1(text), 0), ''],
  'a protocol of Avro': [parseProtocol, '', '{"protocol":"', '{"protocol":"p","types":['],
  'an entry in etcd': [text => readEntry(latin1(text)), '', '{"Addr":"'],
}

const tokens = [
  ' ',
  '\t',
  ',',
  ', ',
  ';',
  ';q',
  '=',
  '==',
  '"',
  '""',
  '"a",',
  'W/',
  'W/"',
  '\\',
  '\\"',
  '\\\\',
  '%',
  '%4',
  '%41',
  '%zz',
  '0',
  '1',
  '9',
  '.',
  ':',
  '-',
  '+',
  'a',
  'A',
  '=0',
  'q=0;',
  '&',
  '&a=',
  '[',
  '[]',
  '{',
  '{"a":',
  '"r",',
  '}',
  '\0',
  '\x80',
  '\x81',
  '\xff',
  '\x82',
  '\xbe',
  '\x1a\x00',
  'AA,',
  'max-age="',
  'charset',
  '(',
]

/** What is no error of ours would not be caught as one: a RangeError of a stack that is too deep, above all. */
function isOurs(error: unknown): boolean {
  return error instanceof RpcError || error instanceof Fault || error instanceof Http2Error
}

for (const [name, [parse, ...beginnings]] of Object.entries(parsers)) {
  test(`${name}: parsing is linear, whatever is repeated`, t => {
    for (const beginning of beginnings) {
      for (const token of tokens) {
        for (const end of ['', 'x']) {
          linear(t, JSON.stringify([name, beginning, token, end]), {
            inputOf: size => beginning + token.repeat(size / token.length) + end,
            work(text) {
              try {
                parse(text)
              } catch (error) {
                if (!isOurs(error) && name !== 'an entry in etcd') throw error
              }
            },
          })
        }
      }
    }
  })
}
