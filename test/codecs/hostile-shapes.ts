import { avro } from '../../src/codecs/avro/codec.js'
import type { Codec } from '../../src/codecs/codec.js'
import { json } from '../../src/codecs/json/codec.js'
import { msgpack, msgpackCompact } from '../../src/codecs/msgpack/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { thriftBinary, thriftCompact, thriftJson } from '../../src/codecs/thrift/codec.js'
import { xml, xmlCodec } from '../../src/codecs/xml/codec.js'

/** A place in a message where a peer can repeat something: what stands before it and behind it, by the bytes between. */
export type Place = readonly [before: string | ((size: number) => string), after?: string]

/** A codec, and what its decoder is tried with: every token repeated at every place. */
export interface HostileShapes {
  readonly codec: Codec
  /** In Latin-1. */
  readonly places: readonly Place[]
  /** What is repeated, in Latin-1; `#` stands for a number that is another one each time. */
  readonly tokens: readonly string[]
}

/** Scalars by how their text may look: the fields of `Scalars` that are read by rules of their own. */
const scalars = ['double', 'int32', 'int64', 'bool', 'string', 'bytes', 'uuid', 'timestamp', 'duration', 'level']
const texts = [
  ' ',
  '\t',
  '\r',
  '\r\n',
  '0',
  '1',
  '9',
  '.',
  '-',
  '+',
  'e',
  'E',
  'a',
  '=',
  'A===',
  '/',
  ':',
  '_',
  '_x',
  '_x000',
  '\\',
  '\\\\',
  '"',
  "'",
  '1 ',
  'T',
  '\xf0',
  '\xed\xa0\x80',
  '\xef\xbf\xbf',
  '\xff',
]
/** Each by itself is a token at the beginning of a message of bytes. */
export const allBytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))

const xmlTokens = [
  ...texts,
  '&',
  '&amp;',
  '&#',
  '&#1',
  '&#65;',
  '&#x',
  '&lt',
  ';',
  '<',
  '</',
  '/>',
  '>',
  '<a>',
  '<a/>',
  '<a#/>',
  '</a>',
  '<a></a>',
  '<a:',
  ':',
  '<!',
  '<!-',
  '<!--',
  '<!---->',
  '-',
  '--',
  '-->',
  '<![CDATA[',
  '<![CDATA[]]>',
  ']',
  ']]',
  ']]>',
  '<?',
  '?',
  '?>',
  '<?a?>',
  '<?xml ',
  ' a',
  ' a=',
  ' a=""',
  ' a#=""',
  " a#='",
  ' a#="&amp;"',
  ' b:a#=""',
  ' xmlns:a#="b"',
  '<a xmlns:a#="b"/>',
  '<a xmlns:b="c">',
  '<a b:c="">',
  '_x0001_',
  '<string>',
  '<string/>',
  '<left>',
  '<children/>',
]
const xmlPlaces: readonly Place[] = [
  [''],
  ['<'],
  ['<?xml '],
  ['<?xml version', '="1.0"?><Scalars/>'],
  ['<?xml version="1.0"', '?><Scalars/>'],
  ['<Scalars', '/>'],
  ['<Scalars ', '></Scalars>'],
  ['<Scalars><string a="', '"/></Scalars>'],
  ['<Scalars><a b', '/></Scalars>'],
  ['<Scalars>', '</Scalars>'],
  ['<Scalars/>'],
  ['<Scalars><unknown>', '</unknown></Scalars>'],
  ['<Scalars><', '/></Scalars>'],
  ['<Scalars></', '>'],
  ['<Scalars></Scalars', '>'],
  ['<Scalars><!--', '--></Scalars>'],
  ['<Scalars><?', '?></Scalars>'],
  ['<Scalars><string><![CDATA[', ']]></string></Scalars>'],
  ...scalars.map((name): Place => [`<Scalars><${name}>1`, `1</${name}></Scalars>`]),
]

const jsonTokens = [
  ...texts,
  '[',
  ']',
  '{',
  '}',
  '[]',
  '{}',
  '{"',
  '":',
  ',',
  '0,',
  '[],',
  '"",',
  '"a",',
  '"a#":0,',
  '"a":{',
  '{"a":',
  '{"left":',
  '"children":[{',
  '1e',
  '1e9',
  '\\u0000',
  '\\ud800',
  '\\u',
  'null',
  'true',
  '1234567890123456,',
  '"string":"",',
]
const jsonPlaces: readonly Place[] = [
  [''],
  ['{', '}'],
  ['{"a":', '}'],
  ['{"a":"', '"}'],
  ['{"a":[', '0]}'],
  ['{"', '":0}'],
  ...scalars.flatMap((name): Place[] => [
    [`{"${name}":`, '}'],
    [`{"${name}":"1`, '1"}'],
  ]),
]

const tjsonPlaces: readonly Place[] = [
  ...jsonPlaces,
  ['{"', '":{"i32":0}}'],
  ['{"16":{"str":"', '"}}'],
  ['{"17":{"str":"', '"}}'],
  ['{"18":{"str":"', '"}}'],
  ['{"1":{"dbl":"', '"}}'],
  ['{"1":{"dbl":', '}}'],
  ['{"1":{"dbl":"1', '1"}}'],
  ['{"10":{"i64":', '}}'],
  ['{"5":{"i32":"', '"}}'],
  ['{"90":{"lst":["i32",', '0]}}'],
  ['{"90":{"map":["str","i32",9,{', '"a":0}]}}'],
]

const binaryTokens = [
  '\x08\x00',
  '\x0a\x00',
  '\x80\x01',
  '\xff\x01',
  '\x0a\x01',
  '\x12\x00',
  '\xda\xff',
  '\x93\x91',
  '\x81\xa0',
  '\x0c\x00\x01',
  '\x0f\x00\x01\x0c\x00\x00',
  '\x0b\x00\x10\x00\x00\x00\x00',
  '\x1c',
  '\x19\x1c',
  '\x8a\x01\x00',
]

function int32(size: number): string {
  return String.fromCharCode(size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255)
}

function varint(size: number): string {
  return size < 128 ? String.fromCharCode(size) : String.fromCharCode((size & 127) | 128) + varint(size >>> 7)
}

const msgpackPlaces: readonly Place[] = [
  [''],
  [size => `\xdf${int32(size >> 1)}`],
  [size => `\x81\xa1a\xdd${int32(size)}`],
  [size => `\x81\xa6string\xdb${int32(size)}`],
]
const protobufPlaces: readonly Place[] = [
  [''],
  [size => `\x82\x01${varint(size)}`],
  [size => `\x9a\x06${varint(size)}`],
]
const binaryPlaces: readonly Place[] = [
  [''],
  [size => `\x0b\x00\x10${int32(size)}`],
  [size => `\x0f\x00\x63\x03${int32(size)}`],
]
const compactPlaces: readonly Place[] = [
  [''],
  [size => `\x08\x20${varint(size)}`],
  [size => `\x09\xc6\x01\xf3${varint(size)}`],
]

/** One row a codec. */
export const hostileShapes: Readonly<Record<string, HostileShapes>> = {
  xml: { codec: xml, places: xmlPlaces, tokens: xmlTokens },
  'xml with a namespace': {
    codec: xmlCodec({ namespace: 'a' }),
    places: [
      ['<Scalars xmlns="a"', '/>'],
      ['<Scalars xmlns="a">', '</Scalars>'],
    ],
    tokens: xmlTokens,
  },
  json: { codec: json, places: jsonPlaces, tokens: jsonTokens },
  'thrift json': { codec: thriftJson, places: tjsonPlaces, tokens: jsonTokens },
  'thrift binary': { codec: thriftBinary, places: binaryPlaces, tokens: binaryTokens },
  'thrift compact': { codec: thriftCompact, places: compactPlaces, tokens: binaryTokens },
  msgpack: { codec: msgpack, places: msgpackPlaces, tokens: binaryTokens },
  'msgpack compact': { codec: msgpackCompact, places: msgpackPlaces, tokens: binaryTokens },
  protobuf: { codec: protobuf, places: protobufPlaces, tokens: binaryTokens },
  avro: { codec: avro, places: [[''], [size => '\x00'.repeat(6) + varint(2 * size)]], tokens: binaryTokens },
}

/** Tokens one behind the other, `size` bytes of them. @param isCounted `#` in the token stands for a number */
export function repeated(token: string, size: number, isCounted: boolean): string {
  const count = Math.ceil(size / token.length)
  if (!isCounted || !token.includes('#')) return token.repeat(count).slice(0, size)
  return Array.from({ length: count }, (_, at) => token.replaceAll('#', at.toString(36))).join('')
}
