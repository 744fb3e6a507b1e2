import test from 'ava'
import type { Codec } from '../../src/codecs/codec.js'
import { json } from '../../src/codecs/json/codec.js'
import { xml } from '../../src/codecs/xml/codec.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { allocationsOf } from '../support/growth.js'
import { compile } from './contract.js'
import { Lists, make, Scalars } from './fixture.js'
import { repeated } from './hostile-shapes.js'

const size = 256 * 1024
/** Times as much as an ordinary message of the same size. */
const most = 16

/** Text that once took hundreds of bytes of memory for one of its own, or could. */
const hungry: readonly (readonly [codec: Codec, before: string, token: string, after: string])[] = [
  [xml, '<Scalars><string>', '&', ''],
  [xml, '<Scalars><string>', '&', '</string></Scalars>'],
  [xml, '<Scalars><string>', '&amp;', '</string></Scalars>'],
  [xml, '<Scalars><string>', '&#65;', '</string></Scalars>'],
  [xml, '<Scalars><string>', '_x0001_', '</string></Scalars>'],
  [xml, '<Scalars><string>', '\r', '</string></Scalars>'],
  [xml, '<Scalars><string>', '<![CDATA[]]>', '</string></Scalars>'],
  [xml, '<Scalars><string>', '<!---->', '</string></Scalars>'],
  [xml, '<Scalars><string a="', '&', '"/></Scalars>'],
  [xml, '<Scalars><string a="', '\t', '"/></Scalars>'],
  [xml, '<Scalars><bytes>', 'A ', '</bytes></Scalars>'],
  [xml, '<Scalars', ' a#=""', '/>'],
  [xml, '<Scalars', ' xmlns:a#=""', '/>'],
  [xml, '<Scalars>', '<a xmlns:b="c"/>', '</Scalars>'],
  [json, '{"string":"', '\\u0001', '"}'],
  [json, '{"a":[', '1234567890123456,', '0]}'],
]

function decoded(codec: Codec, type: new () => object, text: string): () => void {
  const serializer = compile(codec, type)
  const bytes = Buffer.from(text)
  return () => {
    try {
      serializer.decode(bytes)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
    }
  }
}

for (const [codec, before, token, after] of hungry) {
  test(`${codec.name}: ${before}${token}...${after} takes memory like an ordinary message`, t => {
    const strings = Array.from({ length: size / 40 }, (_, at) => `an ordinary text ${at}`)
    const message = Buffer.from(compile(codec, Lists).encode(make(Lists, { strings }))).toString()
    const ordinary = decoded(codec, Lists, message)
    const hostile = decoded(codec, Scalars, before + repeated(token, size, true) + after)
    // The median: what the collector frees in between may make one of them too small, even negative.
    const [, median = 0] = [1, 2, 3].map(() => allocationsOf(ordinary)).sort((one, other) => one - other)
    const usual = median * (size / message.length)
    const taken = Math.min(...[1, 2, 3].map(() => allocationsOf(hostile)))
    t.true(taken < most * usual, `${taken} bytes, an ordinary message ${usual}`)
  })
}
